import { setTimeout as sleep } from 'node:timers/promises';
import { bulk as entity } from '../definition.ts';
import { choosePages, countInNotion, countInSql, type Edit, editInNotion, editInSql, titleOf } from '../edits.ts';
import { type Emulator, startEmulator } from '../emulator.ts';
import { type Lockstep, startLockstep } from '../lockstep.ts';
import { leastSeconds, measure, median } from '../measure.ts';
import { type RequestTimes, recordTimes, type TimedRequest } from '../request-times.ts';
import { atLeast, atMost, type Bench, type Findings, type Scenario, toRun } from '../scenario.ts';
import { NOTION, UNLIMITED, withoutBudget } from '../side-by-side.ts';

/** Longer than pages are read one by one after an edit (SPEC.md, S5). */
const QUIET_MS = 20 * 60_000;

interface Side extends Lockstep {
  readonly emulator: Emulator;
  readonly times: RequestTimes;
}

/** A script that updates a whole table: requests per edit, how old looks are, and a person who edits the same pages. */
export const bulk: Scenario = {
  name: 'bulk',
  run: async (bench) => {
    const { servers, quick } = bench;
    const count = quick ? 100 : 1_000;
    const { requestsPerMinute } = NOTION;
    const emulator = await startEmulator({ [entity.name]: count });
    const times = await recordTimes(emulator.url);
    const lockstep = await startLockstep(servers, { ...emulator, url: times.url }, { requestsPerMinute });
    const side = { ...lockstep, emulator, times };
    try {
      await emulator.configure(UNLIMITED);
      const lost = await withoutBudget(lockstep, async () => {
        await settle(side);
        const found = await editBesidePerson(bench, side);
        await settle(side);
        return found;
      });
      const { runs, targets, notes = [] } = await editAll(bench, side, count);
      return { runs, targets: [...targets, ...lost.targets], notes: [...notes, ...(lost.notes ?? [])] };
    } finally {
      await lockstep.stop();
      await times.close();
      await emulator.stop();
    }
  },
};

/** Both sides agree, and nobody has edited a page for a while. */
async function settle({ emulator, cycle }: Side): Promise<void> {
  await cycle();
  await emulator.control('clock', { advanceMs: QUIET_MS });
  await cycle();
}

/** Every row is edited, at Notion's usual limit and latency. */
async function editAll({ log }: Bench, side: Side, count: number): Promise<Findings> {
  const { emulator, times, pool } = side;
  await emulator.configure(NOTION);
  await side.resetBudget();
  const edits = await choosePages(emulator, count, 0, 'edited in SQL');
  await editInSql(pool, edits);
  log(`bulk: ${edits.length} edits at ${NOTION.requestsPerMinute} requests a minute`);
  const before = times.requests.length;
  const cycle = await measure(side, () => side.cycle());
  const requests = times.requests.slice(before);
  const { listed, read } = gapsOf(requests);
  const least = { leastRequests: edits.length, leastSeconds: leastSeconds(requests.length, NOTION) };
  return {
    runs: [toRun(`${edits.length} SQL edits of one database`, 'Lockstep', cycle, least)],
    targets: [
      atLeast('bulk: edits that arrived', await countInNotion(emulator, edits), edits.length),
      atMost('bulk: requests per edit', requests.length / edits.length, 1.1),
      atMost('bulk: wall time ÷ what the budget allows for its requests', cycle.seconds / least.leastSeconds, 1.1),
      atMost(
        'bulk: largest gap between a listing and a write that relies on it',
        Math.max(0, ...listed) / 1000,
        10.2,
        's',
      ),
    ],
    notes: [
      `Gap between look and write, median and largest: ${describe(listed)} after a listing, ${describe(read)} after a read of the page.`,
    ],
  };
}

const describe = (gaps: readonly number[]): string =>
  gaps.length === 0
    ? 'no write'
    : `${(median(gaps) / 1000).toFixed(1)} s and ${(Math.max(...gaps) / 1000).toFixed(1)} s in ${gaps.length} writes`;

const isListing = ({ path }: TimedRequest): boolean => path.includes('/query?filter_properties=');

/** For each write, how long before it arrived the look arrived that it relies on, in milliseconds. */
function gapsOf(requests: readonly TimedRequest[]): Record<'listed' | 'read', readonly number[]> {
  const gaps = { listed: [] as number[], read: [] as number[] };
  for (const { path, arrivedAt } of requests.filter(({ method }) => method === 'PATCH')) {
    const before = requests.filter(({ answeredAt }) => answeredAt < arrivedAt);
    const read = before.findLast((one) => one.method === 'GET' && one.path === path);
    const listing = before.filter(isListing);
    // A listing of several requests is as old as its first.
    let at = listing.length - 1;
    while (at > 0 && (listing[at]?.arrivedAt ?? 0) - (listing[at - 1]?.answeredAt ?? 0) < 100) at -= 1;
    const first = listing[at];
    if (read) gaps.read.push(arrivedAt - read.arrivedAt);
    else if (first) gaps.listed.push(arrivedAt - first.arrivedAt);
  }
  return gaps;
}

/** Every row is edited, and a person edits the titles of some of the same pages meanwhile. Without Notion's limit. */
async function editBesidePerson({ quick, log }: Bench, side: Side): Promise<Findings> {
  const { emulator, pool } = side;
  const [rounds, count, editsOfPerson] = quick ? [2, 60, 20] : [20, 300, 100];
  let [lost, unread] = [0, 0];
  for (let round = 1; round <= rounds; round += 1) {
    log(`bulk: round ${round} of ${rounds} beside a person`);
    const edits = await choosePages(emulator, count, 0, `edited in SQL, round ${round},`);
    const beside = edits
      .filter((_, at) => at % (count / editsOfPerson) === 0)
      .map((edit): Edit => ({ ...edit, text: `by a person ${round}: ${edit.pageId}`, field: titleOf(edit.entity) }));
    await editInSql(pool, edits);
    const before = side.times.requests.length;
    await Promise.all([side.cycle(), editSlowly(side, beside, before)]);
    const requests = side.times.requests.slice(before);
    unread += requests.filter(({ method }) => method === 'PATCH').length;
    unread -= requests.filter(({ method, path }) => method === 'GET' && path.startsWith('/v1/pages/')).length;
    await side.cycle();
    for (const all of [edits, beside])
      lost += 2 * all.length - (await countInNotion(emulator, all)) - (await countInSql(pool, all));
    await settle(side);
  }
  return {
    runs: [],
    targets: [atMost(`bulk: edits lost in ${rounds} runs beside a person`, lost, 0)],
    notes: [
      `Beside a person: ${rounds} runs of ${count} edits in SQL, and ${editsOfPerson} edits of the titles of the same pages in Notion meanwhile, without Notion's limit. About ${unread} pages were written without a read.`,
    ],
  };
}

/** Edits pages one after the other, while writes of others arrive. */
async function editSlowly({ emulator, times }: Side, edits: readonly Edit[], before: number): Promise<void> {
  const isWrite = ({ method }: TimedRequest): boolean => method === 'PATCH';
  for (const [at, edit] of edits.entries()) {
    const deadline = performance.now() + 5_000;
    // So that they are spread over the whole run.
    while (times.requests.slice(before).filter(isWrite).length < at * 2 && performance.now() < deadline) await sleep(5);
    await editInNotion(emulator, [edit]);
  }
}
