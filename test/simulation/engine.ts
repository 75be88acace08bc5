import { resolvePending } from '../../src/sync/inbound.ts';
import { syncInboundWithEdits } from '../../src/sync/inbound-with-edits.ts';
import { syncOutbound } from '../../src/sync/outbound.ts';
import type { SyncContext } from '../../src/sync/ports.ts';

/** What the simulation runs: the product's engine, or a copy with a planted bug. */
export interface Engine {
  syncInbound(context: SyncContext): Promise<void>;
  resolvePending(context: SyncContext): Promise<void>;
  syncOutbound(context: SyncContext): Promise<void>;
}

export const engine: Engine = { syncInbound: syncInboundWithEdits, resolvePending, syncOutbound };
