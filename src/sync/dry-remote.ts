import type { RemoteEntity, RemoteRecord } from './ports.ts';
import type { Fields } from './types.ts';
import type { UpdateResult } from './update-port.ts';

/**
 * The remote side of a dry run. It reads the remote records and keeps writes in memory. Values that the remote side
 * would refuse are not known.
 */
export function dryRemote(remote: RemoteEntity, now: () => Date): RemoteEntity {
  const writtenById = new Map<string, RemoteRecord>();
  const write = (record: RemoteRecord): RemoteRecord => {
    writtenById.set(record.remoteId, record);
    return record;
  };
  const read: RemoteEntity['read'] = async (remoteId) => writtenById.get(remoteId) ?? remote.read(remoteId);
  return {
    ...remote,
    read,
    create: async (recordId, fields) =>
      write({
        remoteId: `dry:${recordId}`,
        fields,
        trashed: false,
        createdAt: now(),
        editedAt: now(),
        syncKey: recordId,
        createdByUs: true,
        editedByUs: true,
        backLinks: {},
      }),
    update: async (remoteId, { fields = {}, ...change }, { isExpected }): Promise<UpdateResult> => {
      const record = await read(remoteId);
      if (!record) return { kind: 'gone' };
      if (!isExpected(record)) return { kind: 'changed', record };
      const { accepted, refused } = splitFields(record, fields);
      const updated = { ...record, ...change, fields: { ...record.fields, ...accepted }, editedAt: now() };
      return {
        kind: 'updated',
        record: write({ ...updated, editedByUs: true }),
        ...(Object.keys(refused).length > 0 ? { refused } : {}),
      };
    },
  };
}

/** A body that could not be read cannot be written either. */
function splitFields({ bodyError, fields: current }: RemoteRecord, fields: Fields) {
  const isAccepted = ([name]: readonly [string, unknown]): boolean => bodyError === undefined || name in current;
  const entries = Object.entries(fields);
  const refused = entries.filter((entry) => !isAccepted(entry));
  return {
    accepted: Object.fromEntries(entries.filter(isAccepted)),
    refused: Object.fromEntries(refused.flatMap(([name]) => (bodyError ? [[name, bodyError]] : []))),
  };
}
