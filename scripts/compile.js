import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fingerprint } from './fingerprint.js';

// The compiled program starts faster than one that is transpiled at start.
const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = findCompiler();
// `compile.js NAME` compiles only that package, for `npm pack`. bin/lockstep.js imports this file with arguments of its own.
const only = process.argv[1] === fileURLToPath(import.meta.url) ? process.argv[2] : undefined;
// The image's first layer has the packages but not the sources.
if (compiler && existsSync(join(root, 'src/interfaces/cli/main.ts'))) {
  const made = fingerprint();
  const names = only === undefined ? ['notion-emulator', 'google-emulator'] : [only];
  for (const name of names) compile(join(root, 'packages', name));
  if (only === undefined) compile(root, (output) => writeFileSync(join(output, 'fingerprint'), made));
}

/** Each process compiles into its own folder and moves it in place, because two can run at once. */
function compile(folder, finish = () => {}) {
  const output = join(folder, `dist-${process.pid}`);
  const args = [compiler, '-p', join(folder, 'tsconfig.build.json'), '--outDir', output];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', process.stderr, process.stderr] });
  if (status !== 0) process.exit(status ?? 1);
  copyOthers(join(folder, 'src'), output);
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

/** Pages, and the module that Temporal's SDK loads with `require`. */
function copyOthers(source, output) {
  for (const file of readdirSync(source, { recursive: true }).filter((name) => /\.(html|cjs)$/.test(name))) {
    cpSync(join(source, file), join(output, file));
  }
}

/** Null when the development dependencies are not installed. */
function findCompiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc');
  } catch {
    return null;
  }
}
