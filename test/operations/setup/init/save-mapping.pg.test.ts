import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../../src/config.ts';
import { type DatabasePool, openDatabase, sql } from '../../../../src/database/client.ts';
import { readCachedDataSource, saveDataSource } from '../../../../src/database/sources.ts';
import { tasks } from '../../../../src/entities/tasks.ts';
import { openDataSource } from '../../../../src/notion/data-source.ts';
import { completeDatabases } from '../../../../src/operations/setup/init/complete-databases.ts';
import { type Mapping, saveMapping } from '../../../../src/operations/setup/init/save-mapping.ts';
import { freshDatabase, type TestDatabase } from '../../../support/database.ts';
import { apiOf, emptyWorkspace, germanWorkspace } from './support.ts';

let database: TestDatabase;
let connection: DatabasePool;

beforeAll(async () => {
  database = await freshDatabase();
  connection = openDatabase(database.url, 2);
});
beforeEach(() => connection.execute(sql`DELETE FROM sync_sources`));
afterAll(async () => {
  await connection.close();
  await database.drop();
});

async function german() {
  const emulator = await emptyWorkspace();
  const ids = germanWorkspace(emulator);
  const source = emulator.workspace.dataSource(ids.tasks.id);
  const idOf = (name: string): string => source.properties[name]?.id ?? '';
  const mapping: Mapping = {
    entity: tasks,
    configuredId: source.id,
    dataSourceId: source.id,
    schema: source.properties,
    properties: new Map([
      ['title', 'title'],
      ['status', idOf('Status')],
      ['priority', idOf('Priorität')],
      ['due_date', idOf('Fällig am')],
      ['project_id', idOf('Projekt')],
      ['tags', idOf('Schlagwörter')],
      ['notes', idOf('Notizen')],
    ]),
  };
  return { emulator, ids, mapping, idOf };
}

describe('the saved property of each field', () => {
  it('is used by the syncs, and no property is added again under the declared name', async () => {
    const { emulator, ids, mapping, idOf } = await german();
    await saveMapping(connection, mapping);
    const config = readConfig({
      NOTION_TAGS_DATABASE_ID: ids.tags.dataSourceId,
      NOTION_PROJECTS_DATABASE_ID: ids.projects.dataSourceId,
      NOTION_TASKS_DATABASE_ID: ids.tasks.dataSourceId,
    });
    const api = apiOf(emulator);
    const { added } = await completeDatabases({ config, database: connection, api });
    expect(added.filter((line) => line.startsWith('tasks/'))).toEqual([
      'tasks/Completed At: added the property "Completed At" (date)',
      'tasks/Sync Key: added the property "Sync Key" (rich_text)',
    ]);
    const opened = await openDataSource(
      api,
      tasks,
      mapping.configuredId,
      await readCachedDataSource(connection, tasks),
    );
    expect(opened.properties).toMatchObject({
      priority: { id: idOf('Priorität') },
      due_date: { id: idOf('Fällig am') },
      project_id: { id: idOf('Projekt') },
    });
  });

  it('is not changed after a sync has used it', async () => {
    const { mapping } = await german();
    await saveMapping(connection, mapping);
    const before = await readCachedDataSource(connection, tasks);
    await connection.execute(sql`UPDATE sync_sources SET swept_at = now()`);
    await saveMapping(connection, { ...mapping, properties: new Map() });
    expect(await readCachedDataSource(connection, tasks)).toEqual(before);
    await connection.execute(sql`UPDATE sync_sources SET swept_at = NULL`);
    await saveMapping(connection, { ...mapping, properties: new Map() });
    expect((await readCachedDataSource(connection, tasks))?.properties).toEqual({});
  });

  it('is not changed if the rows came from another database', async () => {
    const { mapping } = await german();
    await saveDataSource(connection, tasks, { configuredId: 'x', id: 'x', properties: {}, syncKey: null });
    await saveMapping(connection, mapping);
    await saveDataSource(connection, tasks, { configuredId: 'x', id: 'x', properties: {}, syncKey: null });
    await connection.execute(sql`UPDATE sync_sources SET swept_at = now()`);
    await expect(saveMapping(connection, mapping)).rejects.toThrow(
      /the rows of tasks come from another Notion database/,
    );
  });
});
