import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import './check-node.js';

// Run by `npm install` in a checkout, and by `npm pack`. Nothing runs where a package is installed: it contains the
// compiled program, the types of a definition, and all bundles of the workflows.
const isPackage = ['pack', 'publish'].includes(process.env.npm_command);
run('scripts/compile.js');
if (isPackage)
  run(createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', 'tsconfig.types.json', '--outDir', 'dist');
run('scripts/bundle-workflows.js', ...(isPackage ? ['--all'] : []));

function run(program, ...args) {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  // The output of `npm pack --json` is its own.
  const { status } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status !== 0) process.exit(status ?? 1);
}
