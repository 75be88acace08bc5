import { join } from 'node:path';
import { readConfig } from '../../config.ts';
import { claimFolder } from '../../embedded/folder.ts';
import { startPostgres } from '../../embedded/postgres.ts';
import { Stack } from '../../embedded/stack.ts';
import { startServers } from '../../embedded/start-servers.ts';
import { WorkerProcess } from '../../embedded/worker-process.ts';
import { LockstepError } from '../../errors.ts';
import { endOnSignal } from './end-on-signal.ts';
import { exitCodes } from './exit.ts';

export interface Running {
  /** Aborted by Ctrl-C, and when a server ends unexpectedly. */
  readonly signal: AbortSignal;
  startWorker(): void;
}

/**
 * Runs `work` with the servers that `lockstep up` starts, and stops them afterwards.
 * @param sync without it, only PostgreSQL is started
 */
export async function withServers(
  folder: string,
  { sync, say }: { sync: boolean; say: (line: string) => void },
  work: (running: Running) => Promise<number>,
): Promise<number> {
  const claim = claimFolder(folder);
  const stack = new Stack();
  stack.push({ stop: async () => claim.release() });
  const end = endOnSignal(stack);
  try {
    const config = readConfig();
    if (sync) {
      const { env } = await startServers({ config, folder, stack, end, say });
      Object.assign(process.env, env);
      claim.announce(env);
    } else if (!config.database.url) {
      const postgres = await startPostgres({ folder });
      stack.push(postgres);
      process.env.DATABASE_URL = postgres.url;
    }
    const startWorker = (): void => {
      const worker = new WorkerProcess(join(folder, 'worker.log'), say);
      worker.start();
      stack.push(worker);
    };
    return await work({ signal: end.signal, startWorker });
  } catch (error) {
    if (!end.signal.aborted) throw error;
    if (end.signal.reason instanceof LockstepError) throw end.signal.reason;
    return exitCodes.failed;
  } finally {
    await stack.stop();
  }
}
