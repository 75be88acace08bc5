import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NotionEmulator, startNotionEmulator } from 'notion-emulator';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../src/definition/load.ts';
import { createEntityDatabases } from '../../../src/embedded/sample-workspace/entity-databases.ts';
import { entities as builtIn } from '../../../src/entities/index.ts';
import { emptyFolder, runCli } from '../../support/cli.ts';

describe('a lockstep.config.yaml of the owner', () => {
  let notion: NotionEmulator;
  let folder: ReturnType<typeof emptyFolder>;
  let path: string;
  let before: string;

  beforeAll(async () => {
    notion = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 100_000 });
    createEntityDatabases(notion.workspace, builtIn);
    folder = emptyFolder();
    path = join(folder.path, 'lockstep.config.yaml');
    const autores = notion.workspace.createDatabase({ title: 'Autores', properties: { Nombre: { title: {} } } });
    const libros = notion.workspace.createDatabase({ title: 'Libros', properties: { Título: { title: {} } } });
    notion.workspace.addProperty(libros.id, 'Autor', {
      relation: { data_source_id: autores.dataSourceId, single_property: {} },
    });
    before = `# What this household syncs.
entities:
  - tags # the first
  - people

  # The books, since 2024.
  - name: libros
    databaseId: ${libros.id} # in the team space
    title: "Libros"
    fields:
      titulo: { kind: title, property: Título } # the name on the cover
      # Who wrote it.
      autor_id: { kind: relation_one, property: Autor, to: autores }

  # The people who write.
  - name: autores
    databaseId: ${autores.id}
    title: Autores
    fields:
      nombre:
        kind: title
        property: 'Nombre' # as on the cover
# The end of the file.
`;
  });
  beforeEach(() => writeFileSync(path, before));
  afterAll(async () => {
    await notion.close();
    folder.remove();
  });

  const run = (...args: string[]) =>
    runCli(args, folder.path, { NOTION_BASE_URL: notion.url, NOTION_TOKEN: notion.token });
  const text = () => readFileSync(path, 'utf8');
  const names = async () => (await loadDefinition(folder.path)).entities.map(({ name }) => name);

  test('gets an entity from add-entity, and every other line stays', async () => {
    const { code, stdout, stderr } = await run('add-entity', 'Goals', '--name', 'metas', '--yes');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Changed lockstep.config.yaml.\n');
    expect(await names()).toEqual(['tags', 'people', 'libros', 'autores', 'metas']);
    const lines = text().split('\n');
    expect(before.split('\n').filter((line) => !lines.includes(line))).toEqual([]);
  });

  test('is the same, byte for byte, when what was added is removed', async () => {
    await run('add-entity', 'goals', '--yes');
    expect(await names()).toContain('goals');
    const { code, stdout, stderr } = await run('remove-entity', 'goals', '--yes');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('goals is not synced any more.');
    expect(text()).toBe(before);
  });

  test('loses an entity with its own lines alone, and the relations that lead to it', async () => {
    const { code, stdout } = await run('remove-entity', 'autores', '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain('libros.autor_id leads to it and is not synced either. The column stays.');
    expect(await names()).toEqual(['tags', 'people', 'libros']);
    const lines = text().split('\n');
    for (const kept of [
      '# What this household syncs.',
      '  - tags # the first',
      '  # The books, since 2024.',
      '    title: "Libros"',
      '      titulo: { kind: title, property: Título } # the name on the cover',
      '# The end of the file.',
    ]) {
      expect(lines).toContain(kept);
    }
    expect(text()).not.toMatch(/autor_id|Autores/);
  });

  test('a dry run prints a patch, and changes nothing', async () => {
    const { code, stdout } = await run('remove-entity', 'people', '--dry-run');
    expect([code, text()]).toEqual([0, before]);
    expect(stdout).toMatch(/^--- a\/lockstep\.config\.yaml\n\+\+\+ b\/lockstep\.config\.yaml$/m);
    expect(stdout.match(/^[-+](?![-+]).*$/gm)).toEqual(['-  - people']);
  });
});
