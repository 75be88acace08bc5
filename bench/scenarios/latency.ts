import { freePort } from '../../src/embedded/ports.ts';
import { type Child, startChild } from '../child.ts';
import { choosePages, countInNotion, countInSql, type Edit, editInNotion, editInSql } from '../edits.ts';
import { type Emulator, startEmulator } from '../emulator.ts';
import { type Lockstep, startLockstep } from '../lockstep.ts';
import { median, secondsUntil } from '../measure.ts';
import { atMost, type Scenario } from '../scenario.ts';
import { NOTION, UNLIMITED } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';

const MAX_SECONDS = 60;

/** One edit at a time, without cycles: the time until it is on the other side. */
export const latency: Scenario = {
  name: 'latency',
  run: async ({ servers, quick, log }) => {
    const emulator = await startEmulator(spread(quick ? 200 : 2_000));
    await emulator.configure(UNLIMITED);
    const lockstep = await startLockstep(servers, emulator, { ...UNLIMITED, hints: true });
    let webhooks: Child | undefined;
    try {
      webhooks = await startWebhooks(lockstep, emulator);
      await lockstep.cycle();
      await lockstep.cycle();
      log('latency: SQL to Notion, and Notion to SQL');
      const toNotion = await editOneByOne(
        await choosePages(emulator, 2, 0, 'edited in SQL'),
        (edit) => editInSql(lockstep.pool, [edit]),
        (edit) => countInNotion(emulator, [edit]),
      );
      const fromNotion = (text: string, from: number): Promise<readonly number[]> =>
        choosePages(emulator, 2, from, text).then((edits) =>
          editOneByOne(
            edits,
            (edit) => editInNotion(emulator, [edit]),
            (edit) => countInSql(lockstep.pool, [edit]),
          ),
        );
      const toSql = await fromNotion('edited in Notion', 2);
      await emulator.configure({ ...UNLIMITED, latencyMs: NOTION.latencyMs });
      const toNotionLate = await editOneByOne(
        await choosePages(emulator, 2, 4, 'edited in SQL'),
        (edit) => editInSql(lockstep.pool, [edit]),
        (edit) => countInNotion(emulator, [edit]),
      );
      const toSqlLate = await fromNotion('edited in Notion', 6);
      return {
        runs: [],
        targets: [
          atMost('an edit in SQL is in Notion after (median, latency 0)', median(toNotion), 2, 's'),
          atMost('an edit in Notion is in SQL after (median, latency 0)', median(toSql), 2, 's'),
        ],
        notes: [
          `Seconds until an edit is on the other side: ${describe('SQL to Notion', toNotion)}; ${describe('Notion to SQL', toSql)}; with ${NOTION.latencyMs} ms of latency: ${describe('SQL to Notion', toNotionLate)}; ${describe('Notion to SQL', toSqlLate)}. The emulator batches a page's events for 0.1 s; Notion may do so for up to a minute.`,
        ],
      };
    } finally {
      await webhooks?.end('SIGTERM');
      await lockstep.stop();
      await emulator.stop();
    }
  },
};

const describe = (what: string, seconds: readonly number[]): string =>
  `${what} ${median(seconds).toFixed(2)} (median), ${Math.max(...seconds).toFixed(2)} (slowest of ${seconds.length})`;

/** Starts `lockstep webhooks`, and creates and confirms the subscription as an owner does. */
async function startWebhooks({ env, folder: cwd }: Lockstep, emulator: Emulator): Promise<Child> {
  await startChild('bin/lockstep.js', ['webhooks', '--accept-token'], { env, cwd }).gone;
  const port = await freePort(8_787);
  const server = startChild('bin/lockstep.js', ['webhooks', '--port', String(port)], { env, cwd });
  await server.waitForOutput('webhooks on');
  const { id } = await emulator.control<{ id: string }>('subscribeWebhook', { url: `http://127.0.0.1:${port}/notion` });
  const shown = startChild('bin/lockstep.js', ['webhooks', '--show-token'], { env, cwd });
  await shown.gone;
  await emulator.control('confirmWebhook', { id, token: shown.output().trim() });
  return server;
}

/** @returns for each edit the seconds until it arrived */
async function editOneByOne(
  edits: readonly Edit[],
  make: (edit: Edit) => Promise<void>,
  count: (edit: Edit) => Promise<number>,
): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (const edit of edits) {
    await make(edit);
    seconds.push(await secondsUntil(async () => (await count(edit)) > 0, MAX_SECONDS));
  }
  return seconds;
}
