import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entityStore } from '../../../src/database/entity-store.ts';
import { tasks } from '../../../src/entities/tasks.ts';
import { emptyDatabase } from '../../support/database.ts';
import { type DoctorFixture, named, openDoctorFixture } from './doctor-fixture.ts';

let fixture: DoctorFixture;
let user: pg.Pool;
let problems: DoctorFixture['problems'];

beforeAll(async () => {
  fixture = await openDoctorFixture();
  ({ user, problems } = fixture);
});
afterAll(() => fixture.close());

describe('lockstep doctor checks PostgreSQL', () => {
  test('disabled and missing triggers are restored as they were', async () => {
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
    expect(new Set(found.map(({ fix }) => fix))).toEqual(new Set(['lockstep doctor --fix']));
    expect(await problems({ fix: true })).toEqual([]);
    expect(await definitions()).toEqual(before);
  });

  test('every trigger that records edits is checked', async () => {
    const { rows } = await user.query(
      'SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal',
    );
    await user.query(rows.map(({ relname, tgname }) => `ALTER TABLE ${relname} DISABLE TRIGGER ${tgname}`).join(';'));
    const found = named(await problems());
    expect(found.sort()).toEqual(rows.map(({ relname, tgname }) => `${relname}/${tgname} trigger_off`).sort());
    expect(await problems({ fix: true })).toEqual([]);
  });

  test('a row that was inserted while its trigger was disabled is sent', async () => {
    await user.query('ALTER TABLE tags DISABLE TRIGGER note_edit');
    await user.query("INSERT INTO tags (name) VALUES ('Unheard')");
    await user.query('ALTER TABLE tags ENABLE TRIGGER note_edit');
    expect(named(await problems())).toEqual(['tags rows_stuck']);
    expect(await problems({ fix: true })).toEqual([]);
    const { rows } = await user.query("SELECT count(*)::int AS rows FROM sync_outbox WHERE entity = 'tags'");
    expect(rows).toEqual([{ rows: 1 }]);
  });

  test('a record that was created twice is found, and the suggested statement archives the copy', async () => {
    const page = (recordId: string, title: string, minute: number) => {
      const at = new Date(Date.UTC(2026, 10, 1, 9, minute));
      const content = { fields: { title, tags: [] }, archived: false };
      return {
        recordId,
        row: { remoteId: `page-${recordId}`, ...content, remoteEditedAt: at, createdAt: at },
        state: {
          ...{
            remoteId: `page-${recordId}`,
            base: content.fields,
            archived: false,
            trashed: false,
            sending: null,
            lateWrites: [],
          },
          ...{ statusBeforeArchive: null, syncKey: null, remoteCreatedAt: at, remoteEditedAt: at, bodyReadAt: null },
        },
      };
    };
    const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
    await entityStore(fixture.database, tasks, 'cycle-1').transaction((tx) =>
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
    expect(found?.what).toMatch(/^"Pay the rent" exists 2 times/);
    await user.query(found?.fix.split(';')[0] ?? '');
    expect(await problems()).toEqual([]);
    const { rows } = await user.query('SELECT id FROM tasks WHERE archived_at IS NOT NULL');
    expect(rows).toEqual([{ id: id(2) }]);
  });

  test('a wrong clock', async () => {
    fixture.notion.workspace.clock.advance(600_000);
    const found = await problems();
    expect(named(found)).toContain('notion clock_skew');
    expect(found[0]?.what).toMatch(/^the clock is \d+ s ahead of the clock of this machine$/);
    fixture.notion.workspace.clock.advance(-600_000);
    expect(await problems()).toEqual([]);
  });

  test('a role that is not allowed to create tables in a new database', async () => {
    const empty = await emptyDatabase();
    const role = `doctor_${randomBytes(6).toString('hex')}`;
    await user.query(`CREATE ROLE ${role} LOGIN`);
    const url = new URL(empty.url);
    url.username = role;
    const [found, ...others] = await problems({}, { DATABASE_URL: url.href });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      code: 'rights_missing',
      what: `the role "${role}" is not allowed to create tables in the schema "public"`,
      fix: `run in psql as the owner: GRANT ALL ON SCHEMA "public" TO "${role}"`,
    });
    await empty.drop();
    await user.query(`DROP ROLE ${role}`);
  });

  test('a service that does not respond is reported, and the others are still checked', async () => {
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

  test('without the capability to read, no further check of Notion runs', async () => {
    const { workspace } = fixture.notion;
    workspace.addIntegration(fixture.notion.token, 'Lockstep', { read: false, update: false });
    expect(named(await problems())).toEqual(['notion/read capability_missing', 'notion/update capability_missing']);
    workspace.addIntegration(fixture.notion.token, 'Lockstep');
    expect(await problems()).toEqual([]);
  });
});
