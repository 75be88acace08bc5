import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entityStore } from '../../../src/database/entity-store.ts';
import { tasks } from '../../../src/entities/tasks.ts';
import { emptyDatabase } from '../../support/database.ts';
import { type Clinic, named, openClinic } from './clinic.ts';

let clinic: Clinic;
let user: pg.Pool;
let problems: Clinic['problems'];

beforeAll(async () => {
  clinic = await openClinic();
  ({ user, problems } = clinic);
});
afterAll(() => clinic.close());

describe('lockstep doctor looks at PostgreSQL', () => {
  test('triggers that are off or gone are put back as they were', async () => {
    const definitions = async () =>
      (
        await user.query(
          `SELECT pg_get_triggerdef(t.oid) AS is, tgenabled FROM pg_trigger t WHERE NOT tgisinternal ORDER BY 1`,
        )
      ).rows;
    const before = await definitions();
    await user.query('ALTER TABLE tasks DISABLE TRIGGER note_edit');
    await user.query('DROP TRIGGER stamp_edit ON goals; DROP TRIGGER note_link ON task_tags');
    await user.query('DROP TRIGGER note_edit ON calendar_events');
    const found = await problems();
    expect(named(found).sort()).toEqual([
      'calendar_events/note_edit trigger_missing',
      'goals/stamp_edit trigger_missing',
      'task_tags/note_link trigger_missing',
      'tasks/note_edit trigger_off',
    ]);
    expect(new Set(found.map(({ mend }) => mend))).toEqual(new Set(['lockstep doctor --fix']));
    expect(await problems({ fix: true })).toEqual([]);
    expect(await definitions()).toEqual(before);
  });

  test('every trigger by which edits are noticed is looked for', async () => {
    const { rows } = await user.query(
      'SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal',
    );
    await user.query(rows.map(({ relname, tgname }) => `ALTER TABLE ${relname} DISABLE TRIGGER ${tgname}`).join(';'));
    const found = named(await problems());
    expect(found.sort()).toEqual(rows.map(({ relname, tgname }) => `${relname}/${tgname} trigger_off`).sort());
    expect(await problems({ fix: true })).toEqual([]);
  });

  test('a row that was inserted while its trigger was off is sent after all', async () => {
    await user.query('ALTER TABLE tags DISABLE TRIGGER note_edit');
    await user.query("INSERT INTO tags (name) VALUES ('Unheard')");
    await user.query('ALTER TABLE tags ENABLE TRIGGER note_edit');
    expect(named(await problems())).toEqual(['tags rows_stuck']);
    expect(await problems({ fix: true })).toEqual([]);
    const { rows } = await user.query("SELECT count(*)::int AS rows FROM sync_outbox WHERE entity = 'tags'");
    expect(rows).toEqual([{ rows: 1 }]);
  });

  test('what a lost answer made twice is named, and archived by the statement that it names', async () => {
    const page = (recordId: string, title: string, minute: number) => {
      const at = new Date(Date.UTC(2026, 10, 1, 9, minute));
      const content = { fields: { title, tags: [] }, archived: false };
      return {
        recordId,
        row: { pageId: `page-${recordId}`, ...content, pageEditedAt: at, createdAt: at },
        state: {
          ...{ pageId: `page-${recordId}`, base: content.fields, archived: false, trashed: false, sending: null },
          ...{ statusBeforeArchive: null, syncKey: null, pageCreatedAt: at, pageEditedAt: at, bodyReadAt: null },
        },
      };
    };
    const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
    await entityStore(clinic.database, tasks, 'cycle-1').transaction((tx) =>
      tx.write([
        page(id(1), 'Pay the rent', 0),
        page(id(2), 'Pay the rent', 1),
        page(id(3), 'Water the plants', 0),
        page(id(4), 'Water the plants', 30),
      ]),
    );
    const [found, ...others] = await problems();
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'duplicates', subject: 'tasks' });
    expect(found?.what).toMatch(/^«Pay the rent» is there 2 times/);
    await user.query(found?.mend.split(';')[0] ?? '');
    expect(await problems()).toEqual([]);
    const { rows } = await user.query('SELECT id FROM tasks WHERE archived_at IS NOT NULL');
    expect(rows).toEqual([{ id: id(2) }]);
  });

  test('a clock that is wrong', async () => {
    clinic.notion.workspace.clock.advance(600_000);
    const found = await problems();
    expect(named(found)).toContain('notion clock_skew');
    expect(found[0]?.what).toMatch(/^its clock is \d+ s ahead of that of this machine$/);
    clinic.notion.workspace.clock.advance(-600_000);
    expect(await problems()).toEqual([]);
  });

  test('a role that may not make tables in a new database, and then may', async () => {
    const empty = await emptyDatabase();
    const role = `doctor_${randomBytes(6).toString('hex')}`;
    await user.query(`CREATE ROLE ${role} LOGIN`);
    const url = new URL(empty.url);
    url.username = role;
    const [found, ...others] = await problems({}, { DATABASE_URL: url.href });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      code: 'rights_missing',
      what: `the role "${role}" may not make tables in the schema "public"`,
      mend: `in psql, as the owner: GRANT ALL ON SCHEMA "public" TO "${role}"`,
    });
    await empty.drop();
    await user.query(`DROP ROLE ${role}`);
  });

  test('who does not answer is found, and the others are looked at all the same', async () => {
    const away = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none', LOCKSTEP_PUBLIC_URL: 'http://127.0.0.1:1' };
    expect(named(await problems({}, away))).toEqual([
      'postgresql database_unavailable',
      'webhooks webhooks_unreachable',
    ]);
    await user.query('ALTER TABLE tasks DISABLE TRIGGER note_edit');
    expect(named(await problems({}, { NOTION_BASE_URL: 'http://127.0.0.1:1' }))).toEqual([
      'tasks/note_edit trigger_off',
      'notion notion_unreachable',
    ]);
    await user.query('ALTER TABLE tasks ENABLE TRIGGER note_edit');
  });

  test('without the right to read nothing more is asked of Notion', async () => {
    const { workspace } = clinic.notion;
    workspace.addIntegration(clinic.notion.token, 'Lockstep', { read: false, update: false });
    expect(named(await problems())).toEqual(['notion/read capability_missing', 'notion/update capability_missing']);
    workspace.addIntegration(clinic.notion.token, 'Lockstep');
    expect(await problems()).toEqual([]);
  });
});
