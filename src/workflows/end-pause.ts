import { planning } from './activity-proxies.ts';
import { refusable } from './check-input.ts';

/** Ends a pause. `lockstep pause --for` starts it with a delay. */
export async function endPause(...inputs: readonly unknown[]): Promise<void> {
  await refusable(planning.endPause(inputs));
}
