import type { Traces } from './traces.ts';

let opened: Promise<Traces> | null = null;

/** Opens the traces of this process. Without a collector, OpenTelemetry is not loaded. */
export async function openTraces({ traces }: { readonly traces: boolean }): Promise<Traces | null> {
  if (!traces) return null;
  opened ??= import('./traces.ts').then(({ startTraces }) => startTraces());
  return opened;
}

/** Sends pending spans before the process ends. A collector that does not answer delays the end only briefly. */
export async function flushTraces(): Promise<void> {
  await (await opened)?.flush();
}
