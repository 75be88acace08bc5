import { setTimeout as sleep } from 'node:timers/promises';
import { type GoogleEmulator, startGoogleEmulator } from 'google-emulator';
import { choosePages, countInNotion, countInSql, type Edit, editInNotion, editInSql } from '../edits.ts';
import { type Emulator, startEmulator } from '../emulator.ts';
import { type Lockstep, startLockstep } from '../lockstep.ts';
import { median, secondsUntil } from '../measure.ts';
import { atMost, type Scenario } from '../scenario.ts';
import { NOTION, UNLIMITED } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';

const MAX_SECONDS = 90;
/** As the poller has them. */
const [NOTION_EVERY_MS, GOOGLE_EVERY_MS] = [15_000, 30_000];
const CYCLES_PER_MINUTE = 1 / 10;
const CALENDAR = 'me@example.com';

/** One edit at a time, without webhooks and cycles: the time until it is on the other side, and what idleness costs. */
export const polling: Scenario = {
  name: 'polling',
  run: async ({ servers, quick, log }) => {
    const emulator = await startEmulator(spread(quick ? 200 : 2_000));
    const google = await startGoogleEmulator();
    await emulator.configure(UNLIMITED);
    const env = signedIn(google);
    const lockstep = await startLockstep(servers, emulator, { ...UNLIMITED, hints: true, env });
    try {
      await lockstep.cycle();
      await lockstep.cycle();
      await emulator.configure({ ...UNLIMITED, latencyMs: NOTION.latencyMs });
      // biome-ignore lint/suspicious/noThenProperty: the `then` of a fault rule is never awaited
      google.faults.add({ match: {}, times: 'always', then: { kind: 'delay', ms: NOTION.latencyMs } });
      log('polling: SQL to Notion, Notion to SQL, Google to SQL');
      const each = quick ? 1 : 2;
      const toNotion = await fromSql(lockstep, emulator, each);
      const [toSql, fromGoogle] = await Promise.all([
        fromNotion(lockstep, emulator, each),
        fromCalendar(lockstep, google, quick ? 4 : 12),
      ]);
      log('polling: idle');
      const { polls, cycle } = await idle(lockstep, emulator, quick ? 2 : 5);
      return {
        runs: [],
        targets: [
          atMost('an edit in Notion is in SQL after (median, no webhooks)', median(toSql), 12, 's'),
          atMost('an edit in Google is in SQL after (median, no webhooks)', median(fromGoogle), 20, 's'),
          atMost('an edit in SQL is in Notion after (median)', median(toNotion), 1.5, 's'),
          atMost('requests to Notion in an idle minute', polls + cycle * CYCLES_PER_MINUTE, 5),
        ],
        notes: [
          `With ${NOTION.latencyMs} ms for each request: ${describe('Notion to SQL', toSql)}; ${describe('Google to SQL', fromGoogle)}; ${describe('SQL to Notion', toNotion)}. Edits are made at random times. An idle minute has ${polls.toFixed(2)} polls, and a tenth of a cycle of ${cycle} requests.`,
        ],
      };
    } finally {
      await lockstep.stop();
      await emulator.stop();
      await google.close();
    }
  },
};

const signedIn = (google: GoogleEmulator): NodeJS.ProcessEnv => ({
  GOOGLE_CLIENT_ID: google.clientId,
  GOOGLE_CLIENT_SECRET: google.clientSecret,
  GOOGLE_REFRESH_TOKEN: google.handle.grant(CALENDAR, ['https://www.googleapis.com/auth/calendar.events']),
  GOOGLE_ROOT_URL: `${google.url}/`,
  GOOGLE_TOKEN_URL: google.tokenUrl,
});

const describe = (what: string, seconds: readonly number[]): string =>
  `${what} ${median(seconds).toFixed(2)} s (median), ${Math.max(...seconds).toFixed(2)} (slowest of ${seconds.length})`;

async function fromSql({ pool }: Lockstep, emulator: Emulator, each: number): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (const edit of await choosePages(emulator, each, 0, 'edited in SQL')) {
    await editInSql(pool, [edit]);
    seconds.push(await secondsUntil(async () => (await countInNotion(emulator, [edit])) > 0, MAX_SECONDS));
    // The workflow that sent it has ended, as between the edits of a person.
    await sleep(3_000);
  }
  return seconds;
}

async function fromNotion({ pool }: Lockstep, emulator: Emulator, each: number): Promise<readonly number[]> {
  const edits: readonly Edit[] = await choosePages(emulator, each, each, 'edited in Notion');
  const seconds: number[] = [];
  for (const edit of edits) {
    await sleep(Math.random() * NOTION_EVERY_MS);
    await editInNotion(emulator, [edit]);
    seconds.push(await secondsUntil(async () => (await countInSql(pool, [edit])) > 0, MAX_SECONDS));
  }
  return seconds;
}

async function fromCalendar({ pool }: Lockstep, google: GoogleEmulator, count: number): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (let n = 1; n <= count; n += 1) {
    await sleep(Math.random() * GOOGLE_EVERY_MS);
    const day = { start: { date: '2027-03-01' }, end: { date: '2027-03-02' } };
    const { id } = google.handle.createEvent(CALENDAR, { summary: `Event ${n}`, ...day });
    const find = () => pool.query('SELECT FROM calendar_events WHERE google_event_id = $1', [id]);
    seconds.push(await secondsUntil(async () => (await find()).rowCount === 1, MAX_SECONDS));
  }
  return seconds;
}

/** @returns the polls in a minute, and the requests of a cycle */
async function idle(
  lockstep: Lockstep,
  emulator: Emulator,
  minutes: number,
): Promise<{ readonly polls: number; readonly cycle: number }> {
  // The cycle lists the edits of before. The pages of an unfinished minute are read again until it is over.
  await lockstep.cycle();
  await sleep(90_000);
  await emulator.counts();
  await sleep(minutes * 60_000);
  const { total: polls } = await emulator.counts();
  await lockstep.cycle();
  const { byKind, total } = await emulator.counts();
  return { polls: polls / minutes, cycle: total - (byKind.search ?? 0) };
}
