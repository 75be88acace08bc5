import type { Counts, FaultRule, Settings } from 'notion-emulator';
import { startChild } from './child.ts';
import type { EmulatorOrder, EmulatorReady } from './emulator-process.ts';
import type { PageCounts } from './workspace-content.ts';

/** A workspace in a process of its own, with a budget of its own. */
export interface Emulator extends EmulatorReady {
  readonly pid: number;
  /** What Notion is like from now on: how late it answers in milliseconds, and how often it may be asked. */
  behave(how: { latencyMs: number; requestsPerMinute: number }): Promise<void>;
  /** Requests since the last call. */
  counts(): Promise<Counts>;
  /** Acts as a person, or looks, through the emulator's control API. */
  control<T>(action: string, input: object): Promise<T>;
  stop(): Promise<void>;
}

/** @param pages by entity, as `fillWorkspace` makes them */
export async function startEmulator(pages: PageCounts, settings: Partial<Settings> = {}): Promise<Emulator> {
  const order: EmulatorOrder = { pages, settings };
  const child = startChild('bench/emulator-process.ts', [JSON.stringify(order)]);
  const { url, token } = await child.message<EmulatorReady>();
  const control = async <T>(action: string, input: object): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/_emulator/${action}`, { method: 'POST', headers, body: JSON.stringify(input) });
    if (!answer.ok) throw new Error(`the emulator refused ${action}: ${await answer.text()}`);
    return (await answer.json()) as T; // the emulator is ours
  };
  return {
    url,
    token,
    pid: child.pid,
    control,
    behave: async ({ latencyMs, requestsPerMinute }) => {
      await control('clearFaults', {});
      if (latencyMs > 0) await control('addFault', lateBy(latencyMs));
      await control('configure', { requestsPerMinute });
      await control('resetBudget', {});
    },
    counts: () => control('counters', { reset: true }),
    stop: () => child.end(),
  };
}

const lateBy = (ms: number): FaultRule => {
  // biome-ignore lint/suspicious/noThenProperty: a fault rule reads «match …, then …», and is never awaited
  return { times: 'always', then: { kind: 'delay', ms } };
};
