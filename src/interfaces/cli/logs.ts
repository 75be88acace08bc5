import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataFolder } from '../../embedded/folder.ts';
import { FinalError } from '../../errors.ts';
import { requireName } from '../../shared/require-named.ts';
import { exitCodes } from './exit.ts';

export interface LogsOptions {
  readonly follow?: boolean;
  readonly lines: number;
}

/** The logs of `lockstep up`. */
export const LOGS = ['worker', 'temporal', 'postgres'] as const;
const POLL_MS = 500;
/** More than the lines of any request. */
const MAX_TAIL_BYTES = 4_000_000;

/** Prints the end of a log of `lockstep up`, and with `follow` what is added to it, until SIGINT or SIGTERM. */
export async function logsCommand(name: string, { follow = false, lines }: LogsOptions): Promise<number> {
  const { file, size, last } = readTail(name, lines);
  process.stdout.write(`${last.join('\n')}\n`);
  if (follow) await printAdded(file, size);
  return exitCodes.ok;
}

/**
 * The end of a log of `lockstep up`, oldest line first, and how far it was read.
 * @throws FinalError `unknown_log` @throws FinalError `no_log` where no `lockstep up` has run
 */
export function readTail(name: string, lines: number): { file: string; size: number; last: readonly string[] } {
  const file = join(dataFolder(), `${requireName('log', name, LOGS)}.log`);
  if (!existsSync(file)) {
    throw new FinalError(
      'no_log',
      `there is no ${file}: lockstep up writes it; a service's log is in journalctl -u 'lockstep-*' or docker compose logs`,
    );
  }
  const size = statSync(file).size;
  const tail = read(file, Math.max(0, size - MAX_TAIL_BYTES), size);
  return { file, size, last: tail.replace(/\n$/, '').split('\n').slice(-lines) };
}

async function printAdded(file: string, from: number): Promise<void> {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  let position = from;
  while (!end.signal.aborted) {
    await sleep(POLL_MS, undefined, { signal: end.signal }).catch(() => undefined);
    const size = existsSync(file) ? statSync(file).size : 0;
    // A file that was replaced by an empty one.
    if (size < position) position = 0;
    if (size === position) continue;
    const next = Math.min(size, position + MAX_TAIL_BYTES);
    process.stdout.write(read(file, position, next));
    position = next;
  }
}

function read(file: string, from: number, to: number): string {
  const buffer = Buffer.alloc(to - from);
  const descriptor = openSync(file, 'r');
  try {
    const length = readSync(descriptor, buffer, 0, buffer.length, from);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(descriptor);
  }
}
