import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { exitCodes } from './exit.ts';

const program = fileURLToPath(new URL('../../../bin/lockstep.js', import.meta.url));

/**
 * Runs the rest of `init` in another process, at the same terminal: a process reads its definition once, at its start.
 * @returns the exit code
 */
export async function continueInit(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [program, 'init', '--resumed', ...args], { stdio: 'inherit' });
  // Paused, it could still take an answer that is meant for the other process.
  process.stdin.destroy();
  // Ctrl-C reaches both; this process waits for what the other one makes of it.
  const ignore = (): void => undefined;
  const forward = (): void => {
    child.kill('SIGTERM');
  };
  process.on('SIGINT', ignore).on('SIGTERM', forward);
  try {
    const [code] = await once(child, 'exit');
    return typeof code === 'number' ? code : exitCodes.failed;
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', forward);
  }
}
