import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Config } from '../../config.ts';
import type { CycleRequest, CycleResult } from '../../cycle/messages.ts';
import { isNotable } from '../../cycle/summary.ts';
import { type Database, sql } from '../../database/client.ts';
import { FinalError } from '../../errors.ts';
import type { NotionApi } from '../../notion/notion-api.ts';
import type { EntityPlace } from '../../operations/setup/init/apply-mappings.ts';
import { withRetries } from '../../operations/setup/init/create-databases.ts';
import { describeEstimate, estimateFirstSync } from '../../operations/setup/init/estimate-first-sync.ts';
import type { Prompter } from '../../operations/setup/init/prompter.ts';
import { connectClient } from '../../temporal/client.ts';
import { cycleEnd } from './cycle.ts';
import { exitCodes } from './exit.ts';
import type { Running } from './init-servers.ts';
import { LiveLines } from './live-lines.ts';
import { clearLine } from './terminal.ts';

interface Parts {
  readonly config: Config;
  readonly database: Database;
  readonly api: NotionApi;
  readonly ask: Prompter;
  readonly say: (line: string) => void;
  readonly running: Running;
}

const countPages = async (database: Database): Promise<number> => {
  const [found] = await database.query<{ pages: number }>(sql`SELECT count(*)::int AS pages FROM sync_state`);
  return found?.pages ?? 0;
};

export const NEXT = 'Ready. `lockstep up` runs the first sync, and one every ten minutes.';

/**
 * Runs a dry run, an estimate, and the first sync with a progress bar.
 * @throws FinalError `sync_failed`
 */
export async function firstSync(parts: Parts, places: readonly EntityPlace[]): Promise<number> {
  const { config, database, api, ask, say, running } = parts;
  running.startWorker();
  const { client, close } = await connectClient(config);
  const cycles = { client, taskQueue: config.temporal.taskQueue, signal: running.signal };
  try {
    say(describeEstimate(await withRetries(() => estimateFirstSync(api, places)), config.notion.requestsPerMinute));
    say('Dry run (nothing is written). The first sync would make these changes:');
    const dry = await runCycle(cycles, { dryRun: true });
    tell(say, dry);
    const agreed = ask.confirm({ message: 'Run the first sync?', fallback: true, unansweredError: '' });
    if (!(await Promise.race([agreed, abortion(running.signal)]))) {
      say(NEXT);
      return exitCodes.ok;
    }
    const bar = new PagesBar(pagesIn(dry));
    const result = await runCycle(cycles, {}, async () => bar.show(await countPages(database)));
    bar.clear();
    tell(say, result);
    say('Notion and PostgreSQL are in sync. `lockstep up` keeps them in sync.');
    return exitCodes.ok;
  } finally {
    await close();
  }
}

/** A question does not delay the end when a server is lost, or on SIGTERM. */
const abortion = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

const pagesIn = ({ syncs }: CycleResult): number =>
  syncs.filter(({ direction }) => direction === 'inbound').reduce((sum, { processed }) => sum + processed, 0);

/** Prints the syncs that changed something. @throws FinalError `sync_failed` */
function tell(say: (line: string) => void, { ok, summary, syncs }: CycleResult): void {
  const notable = syncs.filter(isNotable);
  new LiveLines().rest(notable);
  if (!ok) throw new FinalError('sync_failed', summary);
  if (notable.length === 0) say('  No changes: there are no pages and no rows.');
}

const POLL_MS = 500;

interface Cycles {
  readonly client: Client;
  readonly taskQueue: string;
  readonly signal: AbortSignal;
}

/**
 * Runs a cycle to its end.
 * @param onPoll called twice a second until then
 * @returns its result; the summary has the reason if the cycle failed as a whole
 */
async function runCycle(
  { client, taskQueue, signal }: Cycles,
  request: CycleRequest,
  onPoll: () => Promise<void> = async () => undefined,
): Promise<CycleResult> {
  const workflowId = `lockstep-init-${new Date().toISOString()}-${randomBytes(3).toString('hex')}`;
  const args: [CycleRequest] = [{ urgent: true, ...request }];
  const { firstExecutionRunId } = await client.workflow.start('syncCycle', { workflowId, taskQueue, args });
  const ended = cycleEnd(client, workflowId, firstExecutionRunId);
  for (;;) {
    const end = await Promise.race([ended, sleep(POLL_MS, null)]);
    signal.throwIfAborted();
    if (end?.result) return end.result;
    if (end) return { cycleId: firstExecutionRunId, ok: false, summary: `the cycle ${end.how}`, syncs: [] };
    await onPoll();
  }
}

const WIDTH = 30;

/** A progress bar on a terminal: `██████░░░░ 110 of 331 pages`. */
class PagesBar {
  readonly #expected: number;

  constructor(expected: number) {
    this.#expected = expected;
  }

  show(pages: number): void {
    if (this.#expected === 0 || !process.stderr.isTTY) return;
    const share = Math.min(1, pages / this.#expected);
    const full = Math.round(share * WIDTH);
    const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
    clearLine();
    process.stderr.write(`${bar} ${pages} of ${this.#expected} pages`);
  }

  clear(): void {
    if (process.stderr.isTTY) clearLine();
  }
}
