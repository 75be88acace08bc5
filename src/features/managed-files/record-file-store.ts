import { type Database, sql } from '../../database/client.ts';

export type FileKind = 'project' | 'area' | 'notes';

/** The name of each record's file or folder, by record id. */
export const readRecordFiles = async (database: Database, kind: FileKind): Promise<ReadonlyMap<string, string>> => {
  const found = await database.query<{ record_id: string; name: string }>(
    sql`SELECT record_id, name FROM record_files WHERE kind = ${kind}`,
  );
  return new Map(found.map(({ record_id, name }) => [record_id, name]));
};

export const saveRecordFile = async (
  database: Database,
  { kind, recordId, name }: { readonly kind: FileKind; readonly recordId: string; readonly name: string },
): Promise<void> => {
  await database.execute(sql`
    INSERT INTO record_files (kind, record_id, name) VALUES (${kind}, ${recordId}::uuid, ${name})
    ON CONFLICT (kind, record_id) DO UPDATE SET name = excluded.name`);
};
