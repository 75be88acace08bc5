import { setTimeout as sleep } from 'node:timers/promises';
import { entities } from '../definition.ts';
import { choosePages, countInNotion, countInSql, type Edit, editInNotion, editInSql, titleOf } from '../edits.ts';
import { type Emulator, startEmulator } from '../emulator.ts';
import { type Lockstep, startLockstep } from '../lockstep.ts';
import { leastSeconds, measure } from '../measure.ts';
import { type Peer, startPeer } from '../peer.ts';
import { atMost, type Bench, type Run, type Scenario, toRun } from '../scenario.ts';
import { NOTION, UNLIMITED, withoutBudget } from '../side-by-side.ts';
import { spread } from '../workspace-content.ts';
import { countPages, insertRows } from './creates.ts';

const DESIGNS = ['Lockstep', 'classic', 'careless'] as const;
type Who = (typeof DESIGNS)[number];
/** One in ten of the pages is edited in Notion, too, in another property. */
const PERSON_EDITS_ONE_IN = 10;
const POLL_MS = 50;

/** The price of safety: many edits in SQL while a person edits some of the same pages, and a crash amid new rows. */
export const safety: Scenario = {
  name: 'safety',
  run: async (bench) => {
    const each = bench.quick ? 6 : 100;
    bench.log(`safety: ${each * entities.length} SQL edits, ${DESIGNS.join(', ')} at the same time`);
    // Each has its own workspace, and waits for its budget most of the time.
    const results = await Promise.all(DESIGNS.map((who) => tryDesign(bench, who, each)));
    return {
      runs: results.map(({ run }) => run),
      targets: results
        .slice(0, 1)
        .flatMap(({ run, lost, duplicates }) => [
          atMost(`${run.what}: lost edits, the person's included`, lost, 0),
          atMost('new rows, killed when half have a page: duplicates', duplicates, 0),
        ]),
      notes: results.map(
        ({ run, lost, lostByPerson, duplicates }) =>
          `${run.who}: edits lost: ${lost} (the person's: ${lostByPerson}); duplicates after the crash: ${duplicates}.`,
      ),
    };
  },
};

interface Result {
  readonly run: Run;
  /** Edits that are missing on a side after the cycle that follows. */
  readonly lost: number;
  readonly lostByPerson: number;
  readonly duplicates: number;
}

async function tryDesign(bench: Bench, who: Who, each: number): Promise<Result> {
  const emulator = await startEmulator(spread(2 * each * entities.length));
  await emulator.configure(UNLIMITED);
  const design =
    who === 'Lockstep'
      ? await startLockstep(bench.servers, emulator, { requestsPerMinute: NOTION.requestsPerMinute })
      : await startPeer(who, bench.servers, emulator);
  const resetBudget = async (): Promise<void> => {
    await emulator.control('resetBudget', {});
    if ('resetBudget' in design) await design.resetBudget();
  };
  try {
    await withoutBudget({ resetBudget }, async () => {
      await design.cycle();
      await design.cycle();
    });
    await emulator.configure(NOTION);
    await resetBudget();
    const edited = await editBeside(design, emulator, who, each);
    await resetBudget();
    return { ...edited, duplicates: await crashAmidCreations(design, emulator, bench.quick ? 1 : 5) };
  } finally {
    await design.stop();
    await emulator.stop();
  }
}

async function editBeside(
  design: Lockstep | Peer,
  emulator: Emulator,
  who: Who,
  each: number,
): Promise<Omit<Result, 'duplicates'>> {
  const edits = await choosePages(emulator, each, 0, 'edited in SQL');
  const titles = edits
    .filter((_, index) => index % PERSON_EDITS_ONE_IN === 0)
    .map((edit): Edit => ({ ...edit, text: `edited by a person ${edit.pageId}`, field: titleOf(edit.entity) }));
  const least = { leastRequests: edits.length, leastSeconds: leastSeconds(edits.length, NOTION) };
  await editInSql(design.pool, edits, who === 'Lockstep' ? '' : ', sql_edited_at = clock_timestamp()');
  const [measured] = await Promise.all([
    measure({ emulator, pid: design.pid }, () => design.cycle()),
    editEvenly(emulator, titles, least.leastSeconds),
  ]);
  await design.cycle();
  const arrivedFromSql = await countInNotion(emulator, edits);
  const arrivedFromPerson = Math.min(await countInNotion(emulator, titles), await countInSql(design.pool, titles));
  const what = `${edits.length.toLocaleString('en')} SQL edits beside a person`;
  return {
    run: toRun(what, who, measured, least),
    lost: edits.length - arrivedFromSql + titles.length - arrivedFromPerson,
    lostByPerson: titles.length - arrivedFromPerson,
  };
}

/** Edits one page after another, over that time. */
async function editEvenly(emulator: Emulator, edits: readonly Edit[], seconds: number): Promise<void> {
  for (const edit of edits) {
    await editInNotion(emulator, [edit]);
    await sleep((seconds * 1000) / edits.length);
  }
}

/** New rows in all tables; the process is killed when half of them have a page. @returns the pages beyond one for each */
async function crashAmidCreations(design: Lockstep | Peer, emulator: Emulator, each: number): Promise<number> {
  const rows = each * entities.length;
  const before = await countPages(emulator);
  await insertRows(design.pool, each);
  const cycle = design.cycle().catch(() => undefined);
  while ((await countPages(emulator)) < before + rows / 2) await sleep(POLL_MS);
  await design.crash();
  await cycle;
  await design.cycle();
  return (await countPages(emulator)) - before - rows;
}
