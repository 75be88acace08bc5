import { inbound, settle } from '../../src/sync/inbound.ts';
import { outbound } from '../../src/sync/outbound.ts';
import type { SyncContext } from '../../src/sync/ports.ts';

/** What the simulation drives: the product's own engine, or a copy with a planted bug. */
export interface Engine {
  inbound(context: SyncContext): Promise<void>;
  settle(context: SyncContext): Promise<void>;
  outbound(context: SyncContext): Promise<void>;
}

export const engine: Engine = { inbound, settle, outbound };
