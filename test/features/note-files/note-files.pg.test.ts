import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { notesDistribute } from '../../../src/features/note-files/note-files.ts';
import { type ChoreFixture, openChoreFixture } from '../chores/support.ts';

let fixture: ChoreFixture;
let root: string;

beforeAll(async () => {
  fixture = await openChoreFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lockstep-notes-'));
  await fixture.sql('TRUNCATE projects, notes, tags, note_tags, record_files, distributed_notes');
  await fixture.sql(`
    WITH p AS (INSERT INTO projects (name) VALUES ('Balcony Gärden'), ('Roof') RETURNING id, name),
    n AS (INSERT INTO notes (title, type, content, body, created_at, project_id)
      SELECT 'Talk with Ana', 'Meeting', 'buy **soil**', E'# Plan\n- dig', '2026-11-20', id FROM p WHERE name = 'Balcony Gärden' RETURNING id),
    g AS (INSERT INTO tags (name) VALUES ('Home') RETURNING id),
    ng AS (INSERT INTO note_tags SELECT n.id, g.id FROM n, g)
    INSERT INTO notes (title) VALUES ('of no project')`);
  return () => rm(root, { recursive: true });
});

const NOTE = 'balcony-garden/2026-11-20-talk-with-ana.md';
const SECOND = NOTE.replace('.md', ' (2).md');
const run = (): Promise<string> => notesDistribute(fixture.context({ LOCKSTEP_NOTES_ROOT: root }));
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
const files = async (): Promise<string[]> =>
  (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.md')).sort();
const editNote = (content: string): Promise<object[]> =>
  fixture.sql('UPDATE notes SET content = $1 WHERE project_id IS NOT NULL', [content]);

describe('notes', () => {
  it('are off unless their folder is set', async () => {
    expect(await notesDistribute(fixture.context({}))).toBe('no files are written: LOCKSTEP_NOTES_ROOT is not set');
  });

  it('are written once, and again only when they have changed', async () => {
    expect(await run()).toBe('1 file written, of 1 note');
    expect(await files()).toEqual([NOTE]);
    expect(await read(NOTE)).toBe('# Talk with Ana\n\nMeeting · 2026-11-20 · Home\n\nbuy **soil**\n\n# Plan\n- dig\n');
    const before = await stat(join(root, NOTE), { bigint: true });
    expect(await run()).toBe('0 files written, of 1 note');
    expect(await stat(join(root, NOTE), { bigint: true })).toMatchObject({
      ino: before.ino,
      mtimeNs: before.mtimeNs,
      ctimeNs: before.ctimeNs,
    });
    await editNote('buy seeds');
    expect(await run()).toBe('1 file written, of 1 note');
    expect(await read(NOTE)).toContain('buy seeds');
    expect(await files()).toEqual([NOTE]);
  });

  it('never overwrite a file that a person has edited: the changed note gets a second file', async () => {
    await run();
    await writeFile(join(root, NOTE), 'my own words');
    expect(await run()).toBe('0 files written, of 1 note');
    await editNote('buy seeds');
    await run();
    expect(await read(NOTE)).toBe('my own words');
    expect(await read(SECOND)).toContain('buy seeds');
    await editNote('buy pots');
    await run();
    expect(await files()).toEqual([SECOND, NOTE]);
    expect(await read(SECOND)).toContain('buy pots');
  });

  it('do not replace a file that existed before', async () => {
    await mkdir(join(root, 'balcony-garden'));
    await writeFile(join(root, NOTE), 'was here');
    await run();
    expect(await read(NOTE)).toBe('was here');
    expect(await files()).toEqual([SECOND, NOTE]);
  });

  it('are not written again after a person has deleted or moved the file or its folder, until they change', async () => {
    await run();
    await rename(join(root, NOTE), join(root, 'mine.md'));
    expect(await run()).toBe('0 files written, of 1 note');
    await rename(join(root, 'balcony-garden'), join(root, 'Garden 2026'));
    expect(await run()).toBe('0 files written, of 1 note');
    expect(await readdir(root)).toEqual(['Garden 2026', 'mine.md']);
    await editNote('buy seeds');
    await run();
    expect(await files()).toEqual([NOTE, 'mine.md']);
  });

  it('adopt a file that was written before a crash', async () => {
    await run();
    const [{ ino } = { ino: 0 }] = [await stat(join(root, NOTE))];
    await fixture.sql('TRUNCATE distributed_notes');
    expect(await run()).toBe('0 files written, of 1 note');
    expect((await stat(join(root, NOTE))).ino).toBe(ino);
    expect(await fixture.sql('SELECT path FROM distributed_notes')).toEqual([{ path: NOTE }]);

    await editNote('buy seeds');
    await run();
    await fixture.sql("UPDATE distributed_notes SET sha256 = 'of before the crash'");
    expect(await run()).toBe('0 files written, of 1 note');
    expect(await files()).toEqual([NOTE]);
  });

  it('go to a folder with the name of their project', async () => {
    await mkdir(join(root, 'Balcony Gärden'));
    await run();
    expect(await files()).toEqual(['Balcony Gärden/2026-11-20-talk-with-ana.md']);
    await fixture.sql("UPDATE projects SET name = 'Terrace' WHERE name = 'Balcony Gärden'");
    await editNote('buy seeds');
    await run();
    expect(await files()).toEqual(['Balcony Gärden/2026-11-20-talk-with-ana.md']);
  });

  it('move with their project, unless a person has edited the file', async () => {
    await run();
    await fixture.sql(
      "UPDATE notes SET project_id = (SELECT id FROM projects WHERE name = 'Roof') WHERE project_id IS NOT NULL",
    );
    await run();
    expect(await files()).toEqual(['roof/2026-11-20-talk-with-ana.md']);
    await writeFile(join(root, 'roof/2026-11-20-talk-with-ana.md'), 'mine');
    await fixture.sql(
      "UPDATE notes SET project_id = (SELECT id FROM projects WHERE name <> 'Roof') WHERE project_id IS NOT NULL",
    );
    await run();
    expect(await files()).toEqual([NOTE, 'roof/2026-11-20-talk-with-ana.md']);
  });

  it('do not follow links, and one that cannot be written does not block the others', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'lockstep-outside-'));
    await symlink(outside, join(root, 'balcony-garden'));
    await fixture.sql(
      "INSERT INTO notes (title, created_at, project_id) SELECT '../../up', '2026-11-21', id FROM projects WHERE name = 'Roof'",
    );
    await expect(run()).rejects.toThrow(/^1 file written, of 2 notes; note [0-9a-f-]{36}: its folder is a link/);
    expect(await files()).toEqual(['roof/2026-11-21-up.md']);
    expect(await readdir(outside)).toEqual([]);
    await rm(outside, { recursive: true });
  });

  it('stay inside the root with a malicious project name', async () => {
    await fixture.sql("UPDATE projects SET name = '../../../etc'");
    await run();
    expect(await files()).toEqual(['etc/2026-11-20-talk-with-ana.md']);
  });
});
