import type { RemoteEntity, RemoteRecord } from './ports.ts';
import type { Value } from './types.ts';

/**
 * The remote side in a dry run: read as it is, while what would be written there
 * is only remembered. What it would refuse to take is not known without asking.
 */
export function dryRemote(remote: RemoteEntity, now: () => Date): RemoteEntity {
  const pretended = new Map<string, RemoteRecord>();
  const pretend = (record: RemoteRecord): RemoteRecord => {
    pretended.set(record.remoteId, record);
    return record;
  };
  const read: RemoteEntity['read'] = async (pageId) => pretended.get(pageId) ?? remote.read(pageId);
  return {
    ...remote,
    read,
    create: async (recordId, fields) =>
      pretend({
        remoteId: `dry:${recordId}`,
        fields,
        trashed: false,
        createdAt: now(),
        editedAt: now(),
        syncKey: recordId,
        madeByUs: true,
        editedByUs: true,
        backLinks: {},
      }),
    update: async (pageId, { fields = {}, ...change }, still) => {
      const record = await read(pageId);
      if (!record) return { kind: 'gone' };
      if (!still(record)) return { kind: 'changed', record };
      const { bodyTrouble } = record;
      // What could not be read cannot be written either.
      const isRefused = ([name]: [string, Value]): boolean => bodyTrouble !== undefined && !(name in record.fields);
      const given = Object.entries(fields);
      const taken = Object.fromEntries(given.filter((field) => !isRefused(field)));
      const refused = Object.fromEntries(
        given.filter(isRefused).flatMap(([name]) => (bodyTrouble ? [[name, bodyTrouble]] : [])),
      );
      const updated = { ...record, ...change, fields: { ...record.fields, ...taken }, editedAt: now() };
      return {
        kind: 'updated',
        record: pretend({ ...updated, editedByUs: true }),
        ...(Object.keys(refused).length > 0 ? { refused } : {}),
      };
    },
  };
}
