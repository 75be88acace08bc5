import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type CliResult, type RunningCli, runCli, startCli } from '../../../support/cli.ts';

/** A copy of this checkout for commands to write to. */
export interface CheckoutCopy {
  readonly path: string;
  run(args: readonly string[], env?: Record<string, string>): Promise<CliResult>;
  start(args: readonly string[], env?: Record<string, string>): RunningCli;
  remove(): void;
}

const NEEDED = ['bin', 'scripts', 'src', 'prisma', '.gitignore', 'biome.json', 'package.json', 'tsconfig.json'];

export function copyCheckout(): CheckoutCopy {
  const path = mkdtempSync(join(tmpdir(), 'lockstep-checkout-'));
  for (const name of [...NEEDED, 'tsconfig.build.json']) cpSync(name, join(path, name), { recursive: true });
  const isNeeded = (file: string): boolean => !['node_modules', 'test'].includes(basename(file));
  cpSync('packages', join(path, 'packages'), { recursive: true, filter: isNeeded });
  const workspaces = readdirSync('packages');
  // Compiled already, if it is current: a compilation takes most of the test's time.
  if (existsSync('dist')) cpSync('dist', join(path, 'dist'), { recursive: true });
  // Installed packages are shared; caches among them are separate for each checkout.
  mkdirSync(join(path, 'node_modules'));
  for (const name of readdirSync('node_modules')) {
    if (name.startsWith('.')) continue;
    const target = workspaces.includes(name) ? join(path, 'packages', name) : resolve('node_modules', name);
    symlinkSync(target, join(path, 'node_modules', name));
  }
  return {
    path,
    run: (args, env) => runCli(args, path, env, path),
    start: (args, env) => startCli(args, path, env, path),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
