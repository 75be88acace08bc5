import type { Settings } from 'notion-emulator';
import { type Emulator, startEmulator } from './emulator.ts';
import { type Lockstep, startLockstep } from './lockstep.ts';
import type { Notion } from './measure.ts';
import { type Peer, startPeer } from './peer.ts';
import type { Bench } from './scenario.ts';
import type { PageCounts } from './workspace-content.ts';

/** Notion's usual latency, and the request limit of a connection. */
export const NOTION: Notion = { latencyMs: 300, requestsPerMinute: 180 };
/** No latency, and in effect no limit. */
export const UNLIMITED: Notion = { latencyMs: 0, requestsPerMinute: 100_000 };

/** One design and its own workspace. */
export type Side<T> = T & { readonly emulator: Emulator };

export interface SideBySide {
  readonly lockstep: Side<Lockstep>;
  readonly classic: Side<Peer>;
}

/** Runs `work` with both designs. Each has its own workspace with the same pages, and its own request budget. */
export async function withBoth<T>(
  { servers }: Bench,
  pages: PageCounts,
  work: (both: SideBySide) => Promise<T>,
  settings: Partial<Settings> = {},
): Promise<T> {
  const emulators = [await startEmulator(pages, settings), await startEmulator(pages, settings)] as const;
  await Promise.all(emulators.map((emulator) => emulator.configure(UNLIMITED)));
  const lockstep = await startLockstep(servers, emulators[0], { requestsPerMinute: NOTION.requestsPerMinute });
  const classic = await startPeer('classic', servers, emulators[1]);
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

/** Runs the first syncs of both designs without latency and limit, then sets Notion's usual ones. */
export async function prepareBoth(both: SideBySide): Promise<void> {
  await withoutBudget(both.lockstep, async () => {
    await both.lockstep.cycle();
    await both.lockstep.cycle();
    await both.classic.cycle();
  });
  await behaveLikeNotion(both);
}

/** Runs work that is not measured, and need not wait for the budget. */
export async function withoutBudget<T>(
  { resetBudget }: Pick<Lockstep, 'resetBudget'>,
  work: () => Promise<T>,
): Promise<T> {
  const resets = setInterval(() => void resetBudget(), 250);
  try {
    return await work();
  } finally {
    clearInterval(resets);
  }
}

export async function behaveLikeNotion({ lockstep, classic }: SideBySide): Promise<void> {
  await lockstep.resetBudget();
  await Promise.all([lockstep.emulator.configure(NOTION), classic.emulator.configure(NOTION)]);
}
