import { mkdir, mkdtemp, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { applyPara } from '../../../src/features/para/para-tags.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

let testDatabase: TestDatabase;
let database: DatabasePool;
let root: string;

beforeAll(async () => {
  testDatabase = await freshDatabase();
  database = openDatabase(testDatabase.url, 5);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lockstep-para-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  await database.execute(sql`TRUNCATE tags, para_folders, sync_outbox, sync_state`);
});

async function folders(...paths: string[]): Promise<void> {
  for (const path of paths) await mkdir(join(root, path), { recursive: true });
}

async function apply(type: 'Area' | 'Resource', acceptArchive = false) {
  const result = await applyPara(database, { root, type, acceptArchive });
  if (result.kind === 'refused') throw new Error(result.message);
  const { created, updated, archived } = result;
  return [created, updated, archived];
}

/** Runs both syncs in order: [created, updated, archived] of each. */
const applyBoth = async () => [await apply('Area'), await apply('Resource')];

const nothing = [
  [0, 0, 0],
  [0, 0, 0],
];

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly line: string;
}

/** Such as `Resource Recipes < Health`, with a mark for archived tags. */
async function tags(): Promise<Shown[]> {
  return database.query<Shown>(sql`
    SELECT t.id, t.name, concat_ws(' ', t.type, t.name, '< ' || p.name, CASE WHEN t.archived_at IS NOT NULL THEN '(archived)' END) AS line
      FROM tags t LEFT JOIN tags p ON p.id = t.parent_id ORDER BY t.name, t.created_at`);
}

const lines = async () => (await tags()).map(({ line }) => line);

async function idOf(name: string): Promise<string | undefined> {
  return (await tags()).find((tag) => tag.name === name)?.id;
}

/** Takes what the outbox would send to Notion. */
async function sent(): Promise<string[]> {
  const rows = await database.query<{ name: string }>(sql`
    WITH gone AS (DELETE FROM sync_outbox WHERE entity = 'tags' RETURNING record_id)
    SELECT t.name FROM gone JOIN tags t ON t.id = gone.record_id ORDER BY t.name`);
  return rows.map(({ name }) => name);
}

describe('folders become tags', () => {
  test('of their type, resources under their area, and are sent to Notion', async () => {
    await folders('2 Areas/Health/Resources/Recipes', '3 Resources/Chess');
    expect(await apply('Area')).toEqual([1, 0, 0]);
    expect(await lines()).toEqual(['Area Health']);
    expect(await apply('Resource')).toEqual([2, 0, 0]);
    expect(await lines()).toEqual(['Resource Chess', 'Area Health', 'Resource Recipes < Health']);
    expect(await sent()).toEqual(['Chess', 'Health', 'Recipes']);
    const pages = await database.query<{ id: string; notion_page_id: string }>(
      sql`SELECT id, notion_page_id FROM tags`,
    );
    expect(pages.every(({ id, notion_page_id }) => notion_page_id === `sql:${id}`)).toBe(true);
  });

  test('once: a second run writes nothing', async () => {
    await folders('Areas/Health/Resources/Recipes', 'Resources/Chess');
    await applyBoth();
    await sent();
    expect(await applyBoth()).toEqual(nothing);
    expect(await sent()).toEqual([]);
  });

  test('if the resources come first: the parent follows', async () => {
    await folders('Areas/Health/Resources/Recipes');
    expect(await apply('Resource')).toEqual([1, 0, 0]);
    expect(await lines()).toEqual(['Resource Recipes']);
    await applyBoth();
    expect(await lines()).toEqual(['Area Health', 'Resource Recipes < Health']);
  });

  test('once, with several concurrent runs', async () => {
    await folders('Areas/Health/Resources/Recipes', 'Areas/Work', 'Resources/Chess');
    await Promise.all((['Area', 'Resource', 'Area', 'Resource'] as const).map((type) => apply(type)));
    await applyBoth();
    expect(await lines()).toEqual(['Resource Chess', 'Area Health', 'Resource Recipes < Health', 'Area Work']);
  });

  test('by adopting tags with the same name, in any case or Unicode form', async () => {
    const cafe = 'Café'.normalize('NFD');
    await database.execute(sql`INSERT INTO tags (name, type) VALUES ('HEALTH', 'Area'), (${cafe}, 'Resource')`);
    await folders('Areas/Health', `Resources/${'CAFÉ'.normalize('NFC')}`);
    const before = (await tags()).map(({ id }) => id);
    expect(await applyBoth()).toEqual([
      [0, 1, 0],
      [0, 1, 0],
    ]);
    expect((await tags()).map(({ id }) => id).sort()).toEqual(before.sort());
    expect(await lines()).toEqual([`Resource ${'CAFÉ'.normalize('NFC')}`, 'Area Health']);
    expect(await applyBoth()).toEqual(nothing);
  });

  test('under an area that is adopted in the same run', async () => {
    await database.execute(sql`INSERT INTO tags (name, type) VALUES ('Health', 'Area')`);
    await folders('Areas/Health/Resources/Recipes');
    expect(await apply('Resource')).toEqual([1, 0, 0]);
    expect(await lines()).toEqual(['Area Health', 'Resource Recipes < Health']);
  });

  test('with warnings', async () => {
    await folders('Areas/Health', 'Areas/HEALTH');
    const result = await applyPara(database, { root, type: 'Area' });
    expect(result).toMatchObject({ kind: 'applied', created: 1, issues: [{ kind: 'duplicate' }] });
  });
});

describe('a renamed folder', () => {
  test('renames its tag, and no other type', async () => {
    await folders('Areas/Health/Resources/Recipes');
    await applyBoth();
    const [health, recipes] = [await idOf('Health'), await idOf('Recipes')];
    await sent();
    await rename(join(root, 'Areas/Health/Resources/Recipes'), join(root, 'Areas/Health/Resources/Cooking'));
    await rename(join(root, 'Areas/Health'), join(root, 'Areas/Wellbeing'));
    expect(await apply('Area')).toEqual([0, 1, 0]);
    expect(await lines()).toEqual(['Resource Recipes < Wellbeing', 'Area Wellbeing']);
    expect(await apply('Resource')).toEqual([0, 1, 0]);
    expect(await idOf('Wellbeing')).toBe(health);
    expect(await idOf('Cooking')).toBe(recipes);
    expect(await sent()).toEqual(['Cooking', 'Wellbeing']);
  });

  test('is recognized by its marker if the inode has changed, as on another disk', async () => {
    await folders('Areas/Health');
    await writeFile(join(root, 'Areas/Health/.lockstep'), 'health-1\n');
    await apply('Area');
    const id = await idOf('Health');
    await folders('Areas/Wellbeing');
    await writeFile(join(root, 'Areas/Wellbeing/.lockstep'), 'health-1\n');
    await rm(join(root, 'Areas/Health'), { recursive: true });
    expect(await apply('Area')).toEqual([0, 1, 0]);
    expect(await idOf('Wellbeing')).toBe(id);
    expect(await lines()).toEqual(['Area Wellbeing']);
  });

  test('that gets a marker later keeps its tag', async () => {
    await folders('Areas/Health');
    await apply('Area');
    await writeFile(join(root, 'Areas/Health/.lockstep'), 'health-1');
    expect(await apply('Area')).toEqual([0, 0, 0]);
    expect(await database.query(sql`SELECT identity FROM para_folders`)).toEqual([{ identity: 'health-1' }]);
  });
});

describe('a moved folder', () => {
  test('moves its tag: into an area, out of it, and to the other type', async () => {
    await folders('Areas/Health/Resources', 'Resources/Recipes');
    await applyBoth();
    const id = await idOf('Recipes');
    const inside = join(root, 'Areas/Health/Resources/Recipes');
    await rename(join(root, 'Resources/Recipes'), inside);
    expect(await applyBoth()).toEqual([
      [0, 0, 0],
      [0, 1, 0],
    ]);
    expect(await lines()).toEqual(['Area Health', 'Resource Recipes < Health']);
    await rename(inside, join(root, 'Resources/Recipes'));
    await applyBoth();
    expect(await lines()).toEqual(['Area Health', 'Resource Recipes']);
    await rename(join(root, 'Resources/Recipes'), join(root, 'Areas/Recipes'));
    expect(await apply('Resource')).toEqual([0, 0, 0]);
    expect(await apply('Area')).toEqual([0, 1, 0]);
    expect(await lines()).toEqual(['Area Health', 'Area Recipes']);
    expect(await idOf('Recipes')).toBe(id);
  });

  test('keeps a parent that a person has set', async () => {
    await folders('Areas/Health/Resources/Recipes', 'Resources');
    await applyBoth();
    await rename(join(root, 'Areas/Health/Resources/Recipes'), join(root, 'Resources/Recipes'));
    await applyBoth();
    await database.execute(
      sql`UPDATE tags SET parent_id = (SELECT id FROM tags WHERE name = 'Health') WHERE name = 'Recipes'`,
    );
    expect(await applyBoth()).toEqual(nothing);
    expect(await lines()).toEqual(['Area Health', 'Resource Recipes < Health']);
  });
});

describe('a missing folder', () => {
  test('archives its tag in the sync of its type, and restores it when the folder is back', async () => {
    await folders('Areas/Health', 'Areas/Work', 'Resources/Chess');
    await applyBoth();
    const id = await idOf('Chess');
    await sent();
    await rmdir(join(root, 'Resources/Chess'));
    expect(await applyBoth()).toEqual([
      [0, 0, 0],
      [0, 0, 1],
    ]);
    expect(await lines()).toEqual(['Resource Chess (archived)', 'Area Health', 'Area Work']);
    expect(await sent()).toEqual(['Chess']);
    expect(await applyBoth()).toEqual(nothing);
    await folders('Resources/Chess');
    expect(await applyBoth()).toEqual([
      [0, 0, 0],
      [0, 1, 0],
    ]);
    expect(await lines()).toEqual(['Resource Chess', 'Area Health', 'Area Work']);
    expect(await idOf('Chess')).toBe(id);
    expect(await sent()).toEqual(['Chess']);
  });

  test('with the whole root archives nothing, and reports why', async () => {
    await folders('Areas/Health');
    await apply('Area');
    await rename(root, `${root}-away`);
    expect(await applyPara(database, { root, type: 'Area', acceptArchive: true })).toEqual({
      kind: 'refused',
      message: expect.stringContaining(`"${root}" does not exist`),
    });
    expect(await lines()).toEqual(['Area Health']);
    await rename(`${root}-away`, root);
  });

  test('with many others archives nothing until that is accepted', async () => {
    const names = Array.from({ length: 21 }, (_, at) => `Areas/Area ${at}`);
    await folders(...names, 'Resources/Chess');
    await applyBoth();
    await rm(join(root, 'Areas'), { recursive: true });
    const refused = await applyPara(database, { root, type: 'Area' });
    expect(refused).toMatchObject({ kind: 'refused', message: expect.stringContaining('--accept-archive') });
    expect((await lines()).filter((line) => line.includes('archived'))).toEqual([]);
    expect(await apply('Area', true)).toEqual([0, 0, 21]);
  });

  test('does not change tags that never had a folder', async () => {
    await database.execute(sql`INSERT INTO tags (name, type) VALUES ('By hand', 'Area'), ('Untyped', NULL)`);
    expect(await applyBoth()).toEqual(nothing);
    expect(await lines()).toEqual(['Area By hand', 'Untyped']);
  });
});

describe('a deleted row', () => {
  test('that Notion will restore is not created again', async () => {
    await folders('Areas/Health');
    await apply('Area');
    const id = await idOf('Health');
    await database.execute(sql`
      INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, page_created_at, page_edited_at)
      VALUES ('tags', ${id}::uuid, 'page', '{"name": "Health", "type": "Area"}', false, false, now(), now())`);
    await database.execute(sql`DELETE FROM tags`);
    expect(await applyBoth()).toEqual(nothing);
    expect(await lines()).toEqual([]);
  });

  test('that was never in Notion is created again', async () => {
    await folders('Areas/Health');
    await apply('Area');
    await database.execute(sql`DELETE FROM tags`);
    expect(await apply('Area')).toEqual([1, 0, 0]);
    expect(await lines()).toEqual(['Area Health']);
  });
});
