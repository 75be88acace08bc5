import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contextFiles } from '../../../src/features/context-files/context-files.ts';
import { type ChoreFixture, openChoreFixture } from '../chores/support.ts';

let fixture: ChoreFixture;
let root: string;

beforeAll(async () => {
  fixture = await openChoreFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lockstep-context-'));
  await fixture.sql(
    'TRUNCATE projects, tasks, tags, goals, people, notes, goal_projects, task_tags, project_tags, person_tags, person_projects, note_tags, record_files',
  );
  return () => rm(root, { recursive: true });
});

const run = (): Promise<string> => contextFiles(fixture.context({ LOCKSTEP_CONTEXT_ROOT: root }));
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
const files = async (): Promise<string[]> =>
  (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.md')).sort();
/** What a write would change in any file or folder. */
const traces = async (): Promise<Record<string, string>> => {
  const names = await readdir(root, { recursive: true });
  const all = await Promise.all(
    names.map(async (name) => {
      const { ino, mtimeNs, ctimeNs } = await stat(join(root, name), { bigint: true });
      return [name, `${ino} ${mtimeNs} ${ctimeNs}`] as const;
    }),
  );
  return Object.fromEntries(all);
};
const addProject = async (name: string, more = ''): Promise<string> => {
  const [row] = await fixture.sql<{ id: string }>(
    `INSERT INTO projects (name${more && ', status'}) VALUES ($1${more && `, '${more}'`}) RETURNING id`,
    [name],
  );
  return row?.id ?? '';
};

describe('context files', () => {
  it('are off unless their folder is set', async () => {
    expect(await contextFiles(fixture.context({}))).toBe('no files are written: LOCKSTEP_CONTEXT_ROOT is not set');
  });

  it('summarize projects and areas; the second run changes no file', async () => {
    await fixture.sql(`
      WITH p AS (INSERT INTO projects (name, type, target_date) VALUES ('Balcony Gärden', 'Personal', '2026-12-24') RETURNING id),
      a AS (INSERT INTO tags (name, type) VALUES ('Health', 'Area') RETURNING id),
      pt AS (INSERT INTO project_tags SELECT p.id, a.id FROM p, a),
      g AS (INSERT INTO goals (name, progress) VALUES ('Eat well', 40) RETURNING id),
      gp AS (INSERT INTO goal_projects SELECT g.id, p.id FROM g, p),
      w AS (INSERT INTO people (name, relationship) VALUES ('Ana', 'Friend') RETURNING id),
      wp AS (INSERT INTO person_projects SELECT w.id, p.id FROM w, p),
      wt AS (INSERT INTO person_tags SELECT w.id, a.id FROM w, a),
      t AS (INSERT INTO tasks (title, status, priority, due_date, due_time, project_id)
        SELECT x.* , p.id FROM p, (VALUES
          ('Buy soil', 'Todo', 'Low', date '2026-12-01', time '09:30'), ('Paint', 'In Progress', 'High', NULL, NULL),
          ('Old pots', 'Done', NULL, NULL, NULL)) AS x),
      own AS (INSERT INTO tasks (title) VALUES ('Run') RETURNING id),
      ot AS (INSERT INTO task_tags SELECT own.id, a.id FROM own, a)
      INSERT INTO notes (title, project_id) SELECT 'Seeds', id FROM p`);

    expect(await run()).toBe('2 files written, of 2');
    expect(await files()).toEqual(['areas/Health.md', 'projects/balcony-garden.md']);
    const project = await read('projects/balcony-garden.md');
    const today = new Date().toISOString().slice(0, 10);
    expect(project).toBe(`<!-- lockstep:begin -->
<!-- Lockstep maintains the text between these marks and nothing else in this file. -->

# Balcony Gärden

Status: Active · Type: Personal · Target: 2026-12-24

## Goals

- Eat well · Active · 40 %

## People

- Ana · Friend

## Open tasks

- [ ] Buy soil · due 2026-12-01 09:30 · Low
- [ ] Paint · High · In Progress

## Recent activity

- ${today}: task Buy soil · added
- ${today}: task Old pots · done
- ${today}: task Paint · added
- ${today}: note Seeds · added

<!-- lockstep:end -->
`);
    const area = await read('areas/Health.md');
    expect(area).toContain('## Projects\n\n- Balcony Gärden · Active · by 2026-12-24\n');
    expect(area).toContain('## People\n\n- Ana · Friend\n');
    expect(area).toContain('- [ ] Paint · High · In Progress\n- [ ] Run\n');

    const before = await traces();
    expect(await run()).toBe('0 files written, of 2');
    expect(await traces()).toEqual(before);
  });

  it('keep what a person wrote around the section', async () => {
    const id = await addProject('Garden');
    await run();
    const written = await read('projects/garden.md');
    await writeFile(join(root, 'projects/garden.md'), `My own plan\r\n\r\n${written}\nAnd more`);
    await chmod(join(root, 'projects/garden.md'), 0o640);
    await fixture.sql("UPDATE projects SET status = 'On Hold' WHERE id = $1", [id]);
    expect(await run()).toBe('1 file written, of 1');
    const text = await read('projects/garden.md');
    expect(text.startsWith('My own plan\r\n\r\n<!-- lockstep:begin -->\r\n')).toBe(true);
    expect(text.endsWith('<!-- lockstep:end -->\n\nAnd more')).toBe(true);
    expect(text).toContain('Status: On Hold');
    expect((await stat(join(root, 'projects/garden.md'))).mode & 0o777).toBe(0o640);
  });

  it('do not change a file with damaged marks, report it without its name, and continue with the others', async () => {
    const id = await addProject('Secret plan');
    await addProject('Other');
    await mkdir(join(root, 'projects'));
    await writeFile(join(root, 'projects/secret-plan.md'), 'mine\n<!-- lockstep:end -->\n');
    await expect(run()).rejects.toThrow(
      `1 file written, of 2; project ${id}: its file was not changed: it has only <!-- lockstep:end -->: add the other mark, or remove it`,
    );
    expect(await read('projects/secret-plan.md')).toBe('mine\n<!-- lockstep:end -->\n');
    expect(await files()).toEqual(['projects/other.md', 'projects/secret-plan.md']);
  });

  it("rename a renamed project's file, including a person's text", async () => {
    const id = await addProject('Garden');
    await run();
    await writeFile(join(root, 'projects/garden.md'), `mine\n${await read('projects/garden.md')}`);
    await fixture.sql("UPDATE projects SET name = 'Roof' WHERE id = $1", [id]);
    await run();
    expect(await files()).toEqual(['projects/roof.md']);
    expect(await read('projects/roof.md')).toMatch(/^mine\n[\s\S]*# Roof/);
  });

  it("do not replace another file with a renamed project's file", async () => {
    const id = await addProject('Garden');
    await run();
    await writeFile(join(root, 'projects/roof.md'), 'a person’s');
    await fixture.sql("UPDATE projects SET name = 'Roof' WHERE id = $1", [id]);
    await expect(run()).rejects.toThrow(`project ${id}: another file has its new name`);
    expect(await read('projects/roof.md')).toBe('a person’s');
    expect(await read('projects/garden.md')).toContain('# Roof');
    await rename(join(root, 'projects/roof.md'), join(root, 'roof.md'));
    await run();
    expect(await files()).toEqual(['projects/roof.md', 'roof.md']);
  });

  it('distinguish two projects with the same name in every run', async () => {
    const [a, b] = [await addProject('Garden'), await addProject('garden')];
    await run();
    expect(await files()).toEqual([`projects/garden-${b.slice(0, 8)}.md`, 'projects/garden.md'].sort());
    await fixture.sql('UPDATE projects SET archived_at = now() WHERE id = $1', [a]);
    expect(await run()).toBe('1 file written, of 2');
    expect(await read('projects/garden.md')).toContain('Status: Archived');
    expect(await read(`projects/garden-${b.slice(0, 8)}.md`)).toContain('Status: Active');
  });

  it('never leave the folder, with any name or link', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'lockstep-outside-'));
    await fixture.sql(
      "INSERT INTO tags (name, type) VALUES ('../../x', 'Area'), ('/etc/cron', 'Area'), ('..', 'Area')",
    );
    const [link] = [await addProject('Linked')];
    await mkdir(join(root, 'projects'));
    await writeFile(join(outside, 'target.md'), 'theirs');
    await symlink(join(outside, 'target.md'), join(root, 'projects/linked.md'));
    await expect(run()).rejects.toThrow(`project ${link}: a folder or link has the name of its file`);
    expect((await files()).filter((name) => name.startsWith('areas/'))).toEqual([
      'areas/etc-cron.md',
      expect.stringMatching(/^areas\/untitled-[0-9a-f]{8}\.md$/),
      'areas/x.md',
    ]);
    expect(await readFile(join(outside, 'target.md'), 'utf8')).toBe('theirs');

    await rm(join(root, 'projects'), { recursive: true });
    await symlink(outside, join(root, 'projects'));
    await expect(run()).rejects.toThrow('projects: its folder is a link to elsewhere');
    expect(await readdir(outside)).toEqual(['target.md']);
    await rm(outside, { recursive: true });
  });

  it('report that the folder does not exist, and create only the last folder of the path', async () => {
    const missing = contextFiles(fixture.context({ LOCKSTEP_CONTEXT_ROOT: join(root, 'not/mounted') }));
    await expect(missing).rejects.toThrow(/LOCKSTEP_CONTEXT_ROOT ".*" cannot be opened \(ENOENT\)/);
    expect(await contextFiles(fixture.context({ LOCKSTEP_CONTEXT_ROOT: join(root, 'new') }))).toContain('0 files');
  });

  it("show the open tasks of a paused project in its file, but not in its area's file", async () => {
    await fixture.sql(`
      WITH p AS (INSERT INTO projects (name, status) VALUES ('Garden', 'On Hold') RETURNING id),
      a AS (INSERT INTO tags (name, type) VALUES ('Home', 'Area') RETURNING id),
      pt AS (INSERT INTO project_tags SELECT p.id, a.id FROM p, a)
      INSERT INTO tasks (title, project_id) SELECT 'Paint', id FROM p`);
    await run();
    expect(await read('projects/garden.md')).toContain('- [ ] Paint');
    expect(await read('areas/Home.md')).not.toContain('- [ ] Paint');
  });
});
