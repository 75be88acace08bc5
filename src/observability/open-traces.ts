import type { Traces } from './traces.ts';

let opened: Promise<Traces> | null = null;

/** The process's traces, where there is a collector; where there is none, nothing of OpenTelemetry is loaded. */
export async function openTraces({ traces }: { readonly traces: boolean }): Promise<Traces | null> {
  if (!traces) return null;
  opened ??= import('./traces.ts').then(({ startTraces }) => startTraces());
  return opened;
}

/** Sends what was not yet sent, before a process ends. A collector that is not there keeps nobody. */
export async function flushTraces(): Promise<void> {
  await (await opened)?.flush();
}
