import type { Settings } from 'notion-emulator';
import { type Classic, startClassic } from './classic.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { type Lockstep, startLockstep } from './lockstep.ts';
import type { Notion } from './measure.ts';
import type { Bench } from './scenario.ts';
import type { PageCounts } from './workspace-content.ts';

/** As Notion is: its usual latency, and the budget of a connection. */
export const NOTION: Notion = { latencyMs: 300, requestsPerMinute: 180 };
/** Out of the way. */
export const UNLIMITED: Notion = { latencyMs: 0, requestsPerMinute: 100_000 };

/** One product and the workspace that it alone works on. */
export type Side<T> = T & { readonly emulator: Emulator };

export interface SideBySide {
  readonly lockstep: Side<Lockstep>;
  readonly classic: Side<Classic>;
}

/** Lends both products, each with a workspace of the same pages and with a budget of its own. */
export async function sideBySide<T>(
  { servers }: Bench,
  pages: PageCounts,
  work: (both: SideBySide) => Promise<T>,
  settings: Partial<Settings> = {},
): Promise<T> {
  const emulators = [await startEmulator(pages, settings), await startEmulator(pages, settings)] as const;
  await Promise.all(emulators.map((emulator) => emulator.behave(UNLIMITED)));
  const lockstep = await startLockstep(servers, emulators[0], { requestsPerMinute: NOTION.requestsPerMinute });
  const classic = await startClassic(servers, emulators[1]);
  try {
    return await work({
      lockstep: { ...lockstep, emulator: emulators[0] },
      classic: { ...classic, emulator: emulators[1] },
    });
  } finally {
    await Promise.all([lockstep.stop(), classic.stop()]);
    await Promise.all(emulators.map((emulator) => emulator.stop()));
  }
}

/** Brings both in step while Notion is fast, then lets Notion be as it is. */
export async function settle(both: SideBySide): Promise<void> {
  // Setting up is not measured: nobody need wait for the budget.
  const relief = setInterval(() => void both.lockstep.forgetRequests(), 500);
  await both.lockstep.cycle();
  await both.lockstep.cycle();
  await both.classic.cycle();
  clearInterval(relief);
  await beNotion(both);
}

export async function beNotion({ lockstep, classic }: SideBySide): Promise<void> {
  await lockstep.forgetRequests();
  await Promise.all([lockstep.emulator.behave(NOTION), classic.emulator.behave(NOTION)]);
}
