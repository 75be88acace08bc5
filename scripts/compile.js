import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fingerprint } from './fingerprint.js';

// Compiled once, the program starts sooner and runs faster than through a loader.
const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = findCompiler();
// An image's first layer has the packages without the sources.
if (compiler && existsSync(join(root, 'src/interfaces/cli/main.ts'))) {
  const made = fingerprint();
  for (const name of ['notion-emulator', 'google-emulator']) compile(join(root, 'packages', name));
  compile(root, (output) => writeFileSync(join(output, 'fingerprint'), made));
}

/** Two processes can compile at once, so each puts a whole folder in place. */
function compile(folder, finish = () => {}) {
  const output = join(folder, `dist-${process.pid}`);
  const args = [compiler, '-p', join(folder, 'tsconfig.build.json'), '--outDir', output];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', process.stderr, process.stderr] });
  if (status !== 0) process.exit(status ?? 1);
  copyPages(join(folder, 'src'), output);
  finish(output);
  const target = join(folder, 'dist');
  rmSync(target, { recursive: true, force: true });
  try {
    renameSync(output, target);
  } catch {
    // Another process was first.
    rmSync(output, { recursive: true, force: true });
  }
}

function copyPages(source, output) {
  for (const file of readdirSync(source, { recursive: true }).filter((name) => name.endsWith('.html'))) {
    cpSync(join(source, file), join(output, dirname(file), file.split('/').at(-1)));
  }
}

/** Null where the packages for development are left out. */
function findCompiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc');
  } catch {
    return null;
  }
}
