import type { LocalEntity, RemoteRecord, SyncState } from './ports.ts';

/** The last agreed states of these records, by remote id. Unknown ids are left out. */
export async function readAgreedStates(
  local: LocalEntity,
  records: readonly RemoteRecord[],
): Promise<ReadonlyMap<string, SyncState>> {
  const states = await local.readStates(records.map(({ remoteId }) => remoteId));
  return new Map(states.map((state) => [state.remoteId, state]));
}
