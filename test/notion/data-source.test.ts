import type { NotionEmulator } from 'notion-emulator';
import { beforeEach, describe, expect, test } from 'vitest';
import { sourceOf, start } from '../../packages/notion-emulator/test/support.ts';
import type { Entity } from '../../src/entities/define.ts';
import { projects } from '../../src/entities/projects.ts';
import { tasks } from '../../src/entities/tasks.ts';
import { type DataSource, openDataSource } from '../../src/notion/data-source.ts';
import { entityPages } from '../../src/notion/entity-pages.ts';
import { NotionApi } from '../../src/notion/notion-api.ts';
import { optionRenames, withCurrentStatusName, withFormerOptionNames } from '../../src/notion/option-renames.ts';

let notion: NotionEmulator;
let api: NotionApi;

beforeEach(async () => {
  notion = await start();
  const unlimited = { take: async () => undefined, pause: async () => undefined };
  api = new NotionApi({ token: notion.token, baseUrl: notion.url }, unlimited);
});

const open = (before: DataSource | null = null, entity: Entity = tasks, configuredId = entity.databaseId) =>
  openDataSource(api, entity, configuredId, before);
const idOf = (name: string, database = 'Tasks') => notion.workspace.dataSource(database).properties[name]?.id;
const pagesOf = (source: DataSource) =>
  entityPages({ api, entity: tasks, source, timeZone: 'Europe/Madrid', botId: 'nobody' });

describe('properties', () => {
  test('renamed properties are found by id, even two that swap their names', async () => {
    const before = await open();
    notion.workspace.renameProperty('Tasks', 'Status', 'Tmp');
    notion.workspace.renameProperty('Tasks', 'Priority', 'Status');
    notion.workspace.renameProperty('Tasks', 'Tmp', 'Priority');
    const after = await open(before);
    expect(after).toEqual(before);
    expect(after.properties.status?.id).toBe(idOf('Priority'));
  });

  test('a property recreated under the same name is a new one, without the values of the deleted one', async () => {
    const id = notion.workspace.createPage('Tasks', { Priority: 'High' });
    const before = await open();
    notion.workspace.deleteProperty('Tasks', 'Priority');
    await expect(open(before)).rejects.toMatchObject({
      code: 'property_missing',
      message: expect.stringMatching(
        /^tasks: the property "Priority" \(select, column priority\).*lockstep doctor --fix/,
      ),
    });
    notion.workspace.addProperty('Tasks', 'Priority', { select: {} });
    const after = await open(before);
    expect(after.properties.priority?.id).toBe(idOf('Priority'));
    expect(after.properties.priority?.id).not.toBe(before.properties.priority?.id);
    expect((await pagesOf(after).read(id))?.fields.priority).toBeNull();
  });

  test('a property that another field renamed to the old name is not mistaken for the deleted one', async () => {
    const before = await open();
    notion.workspace.deleteProperty('Tasks', 'Status');
    notion.workspace.renameProperty('Tasks', 'Priority', 'Status');
    await expect(open(before)).rejects.toMatchObject({ code: 'property_missing' });
  });

  test('an added property is ignored, and a changed type is reported with entity, property and both types', async () => {
    const before = await open();
    notion.workspace.addProperty('Tasks', 'Mood', { select: {} });
    expect(await open(before)).toEqual(before);
    notion.workspace.retypeProperty('Tasks', 'Notes', { number: {} });
    await expect(open(before)).rejects.toMatchObject({
      code: 'property_retyped',
      message: expect.stringMatching(/^tasks: the property "Notes" is now of type number, not rich_text;/),
    });
    notion.workspace.retypeProperty('Tasks', 'Notes', { rich_text: {} });
    expect(await open(before)).toEqual(before);
  });

  test('the title is found by its type', async () => {
    notion.workspace.renameProperty('Tasks', 'Title', 'Task');
    expect((await open()).properties.title).toEqual({ id: 'title', type: 'title' });
  });
});

describe('a select that became a status', () => {
  test('is read and written by its type, in both directions', async () => {
    const page = notion.workspace.createPage('Tasks', { Title: 'T', Status: 'Done' });
    const before = await open();
    notion.workspace.retypeProperty('Tasks', 'Status', { status: {} });
    const after = await open(before);
    expect(after.properties.status).toMatchObject({ id: before.properties.status?.id, type: 'status' });
    expect((await pagesOf(after).read(page))?.fields.status).toBe('Done');
    const written = await pagesOf(after).update(
      page,
      { fields: { status: 'In Progress' } },
      { kind: 'read', isExpected: () => true },
    );
    expect(written).toMatchObject({ kind: 'updated', record: { fields: { status: 'In Progress' } } });

    notion.workspace.retypeProperty('Tasks', 'Status', { select: {} });
    const back = await open(after);
    await pagesOf(back).update(page, { fields: { status: null } }, { kind: 'read', isExpected: () => true });
    expect((await pagesOf(back).read(page))?.fields.status).toBeNull();
  });

  test('a change of type stops the sync until the schema is read again', async () => {
    const page = notion.workspace.createPage('Tasks', { Title: 'T' });
    const before = await open();
    notion.workspace.retypeProperty('Tasks', 'Status', { status: {} });
    const late = pagesOf(before).create('00000000-0000-4000-8000-000000000001', { title: 'X', status: 'Done' });
    await expect(late).rejects.toMatchObject({ name: 'FinalError', code: 'property_retyped' });
    expect((await pagesOf(await open(before)).read(page))?.fields.status).toBe('Todo');
  });
});

describe('options', () => {
  test('a rename is detected by id; until then, pages and writes keep the known name', async () => {
    const page = notion.workspace.createPage('Tasks', { Title: 'T', Priority: 'High' });
    const editedAt = notion.workspace.page(page).editedAt;
    const before = await open();
    notion.workspace.clock.advance(600_000);
    notion.workspace.renameOption('Tasks', 'Priority', 'High', 'Urgent');
    expect(notion.workspace.page(page)).toMatchObject({
      editedAt,
      page: { properties: { Priority: { select: { name: 'Urgent' } } } },
    });

    const other = await pagesOf(before).create('00000000-0000-4000-8000-000000000001', {
      title: 'U',
      priority: 'High',
    });
    expect(other.fields.priority).toBe('High');
    expect((await pagesOf(before).read(page))?.fields.priority).toBe('High');
    expect(notion.workspace.page(other.remoteId).page.properties.Priority).toMatchObject({
      select: { name: 'Urgent' },
    });

    const after = await open(before);
    expect(optionRenames(before, after)).toEqual([{ field: 'priority', names: { High: 'Urgent' } }]);
    expect((await pagesOf(after).read(page))?.fields.priority).toBe('Urgent');
    expect(withFormerOptionNames(before, after).properties.priority?.options).toEqual(
      before.properties.priority?.options,
    );
    expect(optionRenames(after, await open(after))).toEqual([]);
  });

  test('two options that swap their names', async () => {
    const before = await open();
    notion.workspace.renameOption('Tasks', 'Priority', 'High', 'Tmp');
    notion.workspace.renameOption('Tasks', 'Priority', 'Low', 'High');
    notion.workspace.renameOption('Tasks', 'Priority', 'Tmp', 'Low');
    expect(optionRenames(before, await open(before))).toEqual([
      { field: 'priority', names: { High: 'Low', Low: 'High' } },
    ]);
  });

  test('options of a recreated property or of another data source are not renames', async () => {
    const after = await open();
    const priority = after.properties.priority;
    const options = Object.fromEntries(Object.keys(priority?.options ?? {}).map((id) => [id, `once ${id}`]));
    const earlier = (id: string): DataSource => ({
      ...after,
      properties: { ...after.properties, priority: { id, type: 'select', options } },
    });
    const same = earlier(String(priority?.id));
    expect(Object.keys(optionRenames(same, after)[0]?.names ?? {})).toHaveLength(4);
    expect(optionRenames(earlier('another'), after)).toEqual([]);
    expect(withFormerOptionNames(earlier('another'), after)).toEqual(after);
    expect(optionRenames({ ...same, id: sourceOf('games') }, after)).toEqual([]);
    expect(optionRenames(null, after)).toEqual([]);
  });

  test('the archived status uses its new name, unless the old one is created again', async () => {
    notion.workspace.createPage('Projects', { Name: 'P', Status: 'Archived' });
    const before = await open(null, projects);
    notion.workspace.renameOption('Projects', 'Status', 'Archived', 'Shelved');
    const after = await open(before, projects);
    expect(withCurrentStatusName(projects, after).archivedStatus).toBe('Shelved');
    expect(withCurrentStatusName(projects, before)).toBe(projects);
    notion.workspace.createPage('Projects', { Name: 'Q', Status: 'Archived' });
    expect(withCurrentStatusName(projects, await open(after, projects)).archivedStatus).toBe('Archived');
  });

  test('an option that Notion spells with other capitals is the same option', async () => {
    notion.workspace.createPage('Projects', { Name: 'P', Status: 'archived' });
    const source = await open(null, projects);
    expect(withCurrentStatusName(projects, source).archivedStatus).toBe('archived');
  });

  test('writing a page cannot add a status option: only that record is refused, with what to do', async () => {
    notion.workspace.retypeProperty('Tasks', 'Status', { status: {} });
    const refused = pagesOf(await open()).create('00000000-0000-4000-8000-000000000001', {
      title: 'X',
      status: 'Waiting',
    });
    await expect(refused).rejects.toMatchObject({
      name: 'RecordError',
      code: 'option_missing',
      message: expect.stringMatching(/"Waiting".*lockstep doctor --fix/),
    });
  });
});

describe('finding the data source', () => {
  test('a second data source added later is ignored', async () => {
    const before = await open();
    notion.workspace.addDataSource('Tasks', { title: 'Old tasks' });
    expect(await open(before)).toEqual(before);
    expect((await open(null)).id).toBe(sourceOf('tasks'));
  });

  test('of two without a matching title, none is chosen', async () => {
    const second = notion.workspace.addDataSource('Tasks', { title: 'More', properties: { Title: { title: {} } } });
    const third = notion.workspace.addDataSource('Tasks', { title: 'Most' });
    notion.workspace.trashDataSource(sourceOf('tasks'));
    await expect(open(null)).rejects.toMatchObject({
      code: 'data_source_unclear',
      message: expect.stringMatching(new RegExp(`More \\(${second}\\), Most \\(${third}\\).*NOTION_TASKS_DATABASE_ID`)),
    });
  });

  test('the known data source in the trash stops the entity, even if its database has another', async () => {
    const before = await open();
    notion.workspace.addDataSource('Tasks', { title: 'Tasks 2' });
    notion.workspace.trashDataSource(sourceOf('tasks'));
    await expect(open(before)).rejects.toMatchObject({ code: 'database_trashed' });
    notion.workspace.restoreDataSource(sourceOf('tasks'));
    expect(await open(before)).toEqual(before);
    notion.workspace.trashDataSource(sourceOf('tasks'));
    notion.workspace.trashDataSource('Tasks 2');
    await expect(open(null)).rejects.toMatchObject({
      message: expect.stringContaining('the database has no data source'),
    });
  });

  test('a data source moved to another database is found by id', async () => {
    const page = notion.workspace.createPage('Tasks', { Title: 'T' });
    const before = await open();
    notion.workspace.moveDataSource(sourceOf('tasks'), 'Games Backlog');
    const after = await open(before);
    expect(after).toEqual(before);
    expect((await pagesOf(after).read(page))?.fields.title).toBe('T');
    await expect(open(null)).rejects.toMatchObject({
      message: expect.stringContaining('the database has no data source'),
    });
    expect((await open(null, tasks, sourceOf('tasks'))).id).toBe(before.id);
  });
});
