import type { Counts, FaultRule, Settings } from 'notion-emulator';
import { startChild } from './child.ts';
import type { EmulatorOptions, EmulatorReady } from './emulator-process.ts';
import type { PageCounts } from './workspace-content.ts';

/** A Notion emulator in its own process, with its own request budget. */
export interface Emulator extends EmulatorReady {
  readonly pid: number;
  /** Changes the emulator's latency and request limit. */
  configure(options: { latencyMs: number; requestsPerMinute: number }): Promise<void>;
  /** Requests since the last call. */
  counts(): Promise<Counts>;
  /** Edits or reads pages through the emulator's control API. */
  control<T>(action: string, input: object): Promise<T>;
  stop(): Promise<void>;
}

/** @param pages how many pages of each entity to create */
export async function startEmulator(pages: PageCounts, settings: Partial<Settings> = {}): Promise<Emulator> {
  const options: EmulatorOptions = { pages, settings };
  const child = startChild('bench/emulator-process.ts', [JSON.stringify(options)]);
  const { url, token } = await child.message<EmulatorReady>();
  const control = async <T>(action: string, input: object): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/_emulator/${action}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(input),
    });
    if (!response.ok) throw new Error(`the emulator refused ${action}: ${await response.text()}`);
    return (await response.json()) as T; // from this repository
  };
  return {
    url,
    token,
    pid: child.pid,
    control,
    configure: async ({ latencyMs, requestsPerMinute }) => {
      await control('clearFaults', {});
      if (latencyMs > 0) await control('addFault', delayRule(latencyMs));
      await control('configure', { requestsPerMinute });
      await control('resetBudget', {});
    },
    counts: () => control('counters', { reset: true }),
    stop: () => child.end(),
  };
}

const delayRule = (ms: number): FaultRule => {
  // biome-ignore lint/suspicious/noThenProperty: the `then` of a fault rule is never awaited
  return { times: 'always', then: { kind: 'delay', ms } };
};
