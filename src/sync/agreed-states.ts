import type { LocalEntity, RemoteRecord, SyncState } from './ports.ts';

/** What was last agreed on for these pages, by page id; those unknown are left out. */
export async function readAgreedStates(
  local: LocalEntity,
  records: readonly RemoteRecord[],
): Promise<ReadonlyMap<string, SyncState>> {
  const states = await local.readStates(records.map(({ remoteId }) => remoteId));
  return new Map(states.map((state) => [state.remoteId, state]));
}
