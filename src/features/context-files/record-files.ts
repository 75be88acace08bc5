import { asDatabaseErrors, type Database } from '../../database/client.ts';

export type FileKind = 'project' | 'area' | 'notes';

/** Which file or folder stands for each record, by the record's id. */
export const recordFiles = (database: Database, kind: FileKind): Promise<ReadonlyMap<string, string>> =>
  asDatabaseErrors(async () => {
    const found = await database.recordFile.findMany({ where: { kind } });
    return new Map(found.map(({ record_id, name }) => [record_id, name]));
  });

export const saveRecordFile = (
  database: Database,
  file: { readonly kind: FileKind; readonly recordId: string; readonly name: string },
): Promise<void> =>
  asDatabaseErrors(async () => {
    const { kind, recordId: record_id, name } = file;
    await database.recordFile.upsert({
      where: { kind_record_id: { kind, record_id } },
      create: { kind, record_id, name },
      update: { name },
    });
  });
