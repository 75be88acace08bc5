import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { fingerprint } from './fingerprint.js';

// Compiled once, the program starts sooner, and runs faster than what a loader makes of it as it goes.
const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = findCompiler();
// An image's first layer has the packages without the sources.
if (compiler && existsSync(`${root}src/cli/main.ts`)) {
  rmSync(`${root}dist`, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [compiler, '-p', `${root}tsconfig.build.json`], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  copyFileSync(`${root}src/emulators/notion/page.html`, `${root}dist/emulators/notion/page.html`);
  writeFileSync(`${root}dist/fingerprint`, fingerprint());
}

/** Null where packages for development are left out: then a loader reads the sources. */
function findCompiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc');
  } catch {
    return null;
  }
}
