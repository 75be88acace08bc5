import type { FaultRule, NotionEmulator } from 'notion-emulator';
import { describe, expect, it } from 'vitest';
import { notionFields } from '../../../../src/entities/define.ts';
import { entities } from '../../../../src/entities/index.ts';
import { createDatabases } from '../../../../src/operations/setup/init/create-databases.ts';
import { apiOf, emptyWorkspace, text, title } from './support.ts';

/** What happens to a creation after a number of successful ones. */
function fail({ faults }: NotionEmulator, skip: number, fault: FaultRule['then']): void {
  // biome-ignore lint/suspicious/noThenProperty: a fault rule has a member `then`, and is never awaited
  faults.add({ match: { kind: 'create_database' }, skip, then: fault });
}

const titles = entities.map((entity) => entity.title).sort();

describe('creating the databases under a page', () => {
  it('creates all ten, with their options and `Sync Key`; relations come later', async () => {
    const emulator = await emptyWorkspace();
    const { workspace } = emulator;
    const ids = await createDatabases(apiOf(emulator), entities, workspace.rootPageId);
    expect([...ids.keys()]).toEqual(entities.map(({ name }) => name));
    for (const entity of entities) {
      const source = workspace.dataSource(ids.get(entity.name) ?? '');
      expect(source.database_parent).toEqual({ type: 'page_id', page_id: workspace.rootPageId });
      const plain = notionFields(entity).filter(([, { kind }]) => !kind.startsWith('relation'));
      expect(Object.keys(source.properties).sort()).toEqual(
        ['Sync Key', ...plain.map(([, { property }]) => property)].sort(),
      );
      for (const [, field] of plain) {
        const property = source.properties[field.property];
        if (field.kind !== 'select') continue;
        expect(property).toMatchObject({ select: { options: field.options.map((name) => ({ name })) } });
      }
    }
  });

  it('resumes after a refusal and after lost responses', async () => {
    const emulator = await emptyWorkspace();
    const { workspace, faults } = emulator;
    const make = () => createDatabases(apiOf(emulator), entities, workspace.rootPageId);
    fail(emulator, 3, { kind: 'status', status: 400, code: 'validation_error' });
    await expect(make()).rejects.toThrow();
    expect(workspace.databases()).toHaveLength(3);
    faults.clear();
    fail(emulator, 2, { kind: 'reset', afterCommit: true });
    fail(emulator, 4, { kind: 'status', status: 504, afterCommit: true });
    const ids = await make();
    expect(
      workspace
        .databases()
        .map((database) => database.title)
        .sort(),
    ).toEqual(titles);
    expect(await make()).toEqual(ids);
    expect(workspace.databases()).toHaveLength(entities.length);
  });

  it('creates none twice with a lagging index and with short listing pages', async () => {
    const emulator = await emptyWorkspace({ indexLagMs: 30_000, pageSizeCap: 2 });
    const ids = await createDatabases(apiOf(emulator), entities, emulator.workspace.rootPageId);
    expect(await createDatabases(apiOf(emulator), entities, emulator.workspace.rootPageId)).toEqual(ids);
  });

  it("does not use the owner's own database with that name, nor one in the trash", async () => {
    const emulator = await emptyWorkspace();
    const { workspace } = emulator;
    const own = workspace.createDatabase({ title: 'Tasks', properties: { Name: title, Words: text } });
    const [first] = (await createDatabases(apiOf(emulator), entities, workspace.rootPageId)).values();
    workspace.trashDatabase(String(workspace.databases().find((database) => database.dataSourceId === first)?.id));
    const ids = await createDatabases(apiOf(emulator), entities, workspace.rootPageId);
    expect([...ids.values()]).not.toContain(own.dataSourceId);
    expect([...ids.values()]).not.toContain(first);
    expect(Object.keys(workspace.dataSource(own.id).properties)).toEqual(['Name', 'Words']);
  });
});
