import fc from 'fast-check';
import { watchBrake } from './brake-invariant.ts';
import { Cycles, type Sides } from './cycles.ts';
import { type Engine, engine } from './engine.ts';
import { sample, type Workspace } from './entities.ts';
import { Faults } from './faults.ts';
import { broken, watch } from './invariants.ts';
import { MemoryNotion, QUIET_MS } from './memory-notion.ts';
import { MemorySql } from './memory-sql.ts';
import { type Act, actsIn, Ledger, onRecord, perform, settledIn } from './users.ts';
import { World } from './world.ts';

export interface Scenario {
  /** Decides which pending step runs next, and which call fails in which way. */
  readonly schedule: number;
  readonly acts: readonly Act[];
  /** The percentage of external calls that fail. */
  readonly faults: number;
  readonly lagMs: number;
  readonly skewMs: number;
  readonly conflicts: 'row' | 'field';
  /** Whether full scans run. Without them nobody trashes or unshares pages, since only a scan notices. */
  readonly sweeping: boolean;
  /** The percentage of writes that happen although no answer comes. */
  readonly unanswered: number;
  /** How many records may be archived at once. */
  readonly archiveFloor: number;
  /** Notion's option for archived records is spelt in another case. */
  readonly lowerCase: boolean;
  /** Another program uses the integration's token. */
  readonly programs: boolean;
  /** Two cycles at once, as when somebody starts one manually. */
  readonly overlapping: boolean;
  /** Up to how many waiting edits each page is read. */
  readonly maxReadEdits: number;
}

export const scenarioIn = (workspace: Workspace): fc.Arbitrary<Scenario> =>
  fc.record({
    schedule: fc.nat(),
    acts: actsIn(workspace),
    faults: fc.constantFrom(0, 0, 2, 5, 10),
    lagMs: fc.constantFrom(0, 5_000, 20_000, 40_000),
    skewMs: fc.constantFrom(0, -90_000, 90_000, -600_000, 600_000),
    conflicts: fc.constantFrom('row', 'field', 'field'),
    sweeping: fc.boolean(),
    overlapping: fc.boolean(),
    unanswered: fc.constantFrom(0, 0, 10, 30),
    programs: fc.boolean(),
    lowerCase: fc.constantFrom(false, false, true),
    archiveFloor: fc.constantFrom(20, 20, 1, 2),
    maxReadEdits: fc.constantFrom(0, 0, 1, 30),
  });

export const scenario = scenarioIn(sample);

export interface Outcome {
  /** The violated invariants; empty if all hold. */
  readonly broken: readonly string[];
  readonly trace: readonly string[];
  readonly adopted: number;
  readonly crashes: number;
  readonly conflicts: number;
}

const SEEN_BY_SWEEPS: ReadonlySet<Act['kind']> = new Set([
  'trash',
  'restore',
  'share',
  'unshare',
  'hide body',
  'show body',
  'silent edit',
]);

/** Long enough for every listing to be current. */
const CALM_MS = 5 * 60_000;

/** Plays one scenario: users and cycles, two cycles without users, the invariants, and a third cycle that must write nothing. */
export async function play(given: Scenario, by: Engine = engine, workspace = sample): Promise<Outcome> {
  const world = new World(given.schedule);
  const faults = new Faults(world);
  const notion = new MemoryNotion(world, faults, workspace.entities);
  const sql = new MemorySql(world, faults, workspace.entities);
  const sides: Sides = { world, faults, notion, sql };
  notion.spellsLowerCase = given.lowerCase;
  const { archiveFloor, maxReadEdits } = given;
  const cycles = new Cycles(sides, by, given.conflicts, { archiveFloor, bulk: { maxReadEdits, quietMs: QUIET_MS } });
  const ledger = new Ledger();
  const seen = [watch(sides, given.conflicts), watchBrake(sides, given.archiveFloor)];
  for (const act of settledIn(workspace)) perform(sides, ledger, act);
  await world.run(cycles.cycle(false));
  world.now += CALM_MS;
  faults.rate = given.faults / 100;
  faults.unansweredRate = given.unanswered / 100;
  faults.lateWrites = true;
  notion.lagMs = given.lagMs;
  notion.changesWords = given.conflicts === 'field';
  sql.skewMs = given.skewMs;

  await world.run(noise(sides, cycles, ledger, given));
  faults.rate = 0;
  faults.unansweredRate = 0;
  notion.lagMs = 0;
  sql.locked.clear();
  for (const page of notion.pages.values()) {
    page.shared = true;
    page.bodyHidden = false;
  }
  world.now += CALM_MS;
  cycles.acceptArchive = true;
  // Only a scan notices a trash that happened late.
  const sweeping = given.sweeping || given.unanswered > 0;
  await world.run(cycles.cycle(sweeping));
  await world.run(faults.allArrived());
  for (let calm = 0; calm < 2; calm += 1) {
    world.now += CALM_MS;
    await world.run(cycles.cycle(sweeping));
  }
  const problems = [...seen.flat(), ...broken(sides, ledger, given.conflicts)];

  const before = [notion.writes, notion.bodyReads, sql.rowWrites, sql.conflicts.length];
  world.now += CALM_MS;
  await world.run(cycles.cycle(sweeping));
  const after = [notion.writes, notion.bodyReads, sql.rowWrites, sql.conflicts.length];
  if (before.join() !== after.join()) problems.push(`a further cycle wrote, or read bodies: ${before} became ${after}`);
  const { adopted, crashes } = cycles;
  return { broken: problems, trace: world.trace, adopted, crashes, conflicts: sql.conflicts.length };
}

/** The page that the sync sends next; null if it sends none for a minute. */
function nextSend({ notion, world }: Sides): Promise<string | null> {
  return new Promise((resolve) => {
    const before = notion.onSend;
    notion.onSend = (pageId) => {
      before(pageId);
      notion.onSend = before;
      resolve(pageId);
    };
    void world.sleep(60_000, 'nothing is sent').then(() => resolve(null));
  });
}

async function noise(sides: Sides, cycles: Cycles, ledger: Ledger, given: Scenario): Promise<void> {
  const { world } = sides;
  let busy = true;
  const user = async (side: Act['side']): Promise<void> => {
    for (const act of given.acts.filter((act) => act.side === side)) {
      const pageId = act.whileSent ? await nextSend(sides) : null;
      if (pageId === null) await world.sleep(act.pause);
      await world.step(`${side} user: ${act.kind} ${act.entity}`);
      const performed = { ...act, byProgram: act.byProgram && given.programs };
      const isSeen = given.sweeping || !SEEN_BY_SWEEPS.has(act.kind);
      if (isSeen) perform(sides, ledger, pageId === null ? performed : onRecord(sides, performed, pageId));
    }
  };
  const cycling = async (): Promise<void> => {
    do {
      await cycles.cycle(given.sweeping && world.random.chance(0.3));
      await world.sleep(world.random.chance(0.3) ? 1_000 : 30_000);
    } while (busy);
  };
  const users = Promise.all([user('notion'), user('sql')]).then(() => {
    busy = false;
  });
  await Promise.all([users, cycling(), ...(given.overlapping ? [cycling()] : [])]);
}

/** The scenario of one seed. */
export function scenarioOf(seed: number, of = scenario): Scenario {
  const [given] = fc.sample(of, { seed, numRuns: 1 });
  if (!given) throw new Error('fast-check gave no scenario');
  return given;
}
