import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { type Decisions, decideConflict, readChoice } from '../../../src/operations/history/choose-versions.ts';
import { findConflict, type StoredConflict } from '../../../src/operations/history/conflicts.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

let home: TestDatabase;
let database: DatabasePool;

beforeAll(async () => {
  home = await freshDatabase();
  database = openDatabase(home.url, 2);
});
afterAll(async () => {
  await database.close();
  await home.drop();
});

const at = (hour: number): string => `2027-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`;

const version = (start: number, end: number, summary: string, archived = false) =>
  JSON.stringify({ start_time: at(start), end_time: at(end), summary, archived });

/** An event that Google moved to ten, and SQL to twelve; Google won. */
async function eventConflict(calendar: 'personal' | 'work_readonly' = 'personal'): Promise<StoredConflict> {
  const [event] = await database.query<{ id: string }>(sql`
    INSERT INTO calendar_events (calendar_type, summary, start_time, end_time)
      VALUES (${calendar}, 'Dentist', ${at(10)}::timestamptz, ${at(11)}::timestamptz) RETURNING id`);
  const [conflict] = await database.query<{ id: string }>(sql`
    INSERT INTO sync_conflicts (entity, record_id, cycle_id, winner, reason, notion_version, sql_version)
      VALUES ('calendar_events', ${event?.id}::uuid, 'cycle', 'google', 'Google was edited later',
              ${version(10, 11, 'Dentist')}::jsonb, ${version(12, 13, 'The dentist', true)}::jsonb) RETURNING id`);
  return findConflict(database, conflict?.id ?? '');
}

const eventOf = async ({ recordId }: StoredConflict) =>
  (
    await database.query(sql`
      SELECT summary, start_time AS "start", end_time AS "end", archived_at IS NOT NULL AS archived
        FROM calendar_events WHERE id = ${recordId}::uuid`)
  )[0];

const decide = async (conflict: StoredConflict, keep: Decisions['keep']) =>
  decideConflict(database, conflict, { keep, digest: (await readChoice(database, conflict)).digest });

test('fields that make one value are kept from the same side', async () => {
  const conflict = await eventConflict();
  await expect(decide(conflict, new Map([['start_time', 'sql'] as const]))).rejects.toThrow(
    'start_time, end_time make one value: keep all of them from the same side',
  );
  expect((await findConflict(database, conflict.id)).resolvedAt).toBeNull();
  const both = new Map([['start_time', 'sql'] as const, ['end_time', 'sql'] as const]);
  expect(await decide(conflict, both)).toEqual(['start_time', 'end_time']);
  expect(await eventOf(conflict)).toEqual({
    ...{ summary: 'Dentist', start: new Date(at(12)), end: new Date(at(13)), archived: false },
  });
});

test('a whole version includes whether the record is archived', async () => {
  const conflict = await eventConflict();
  await decideConflict(database, conflict, { keep: 'sql' });
  expect(await eventOf(conflict)).toEqual({
    ...{ summary: 'The dentist', start: new Date(at(12)), end: new Date(at(13)), archived: true },
  });
});

test('an edit after the conflict is kept where it would not be overwritten, and protected where it would', async () => {
  const conflict = await eventConflict();
  const rename = (summary: string) =>
    database.execute(sql`UPDATE calendar_events SET summary = ${summary} WHERE id = ${conflict.recordId}::uuid`);
  await rename('Another dentist');
  const keep = (side: 'sql' | 'remote') => decideConflict(database, conflict, { keep: side });
  await expect(keep('sql')).rejects.toThrow('summary was edited after the conflict');
  await expect(keep('remote')).rejects.toThrow('summary was edited after the conflict');
  await rename('The dentist');
  expect(await keep('sql')).toEqual(['start_time', 'end_time', 'archived']);
  await expect(keep('sql')).rejects.toThrow('is resolved already');
});

test('an edit of a field that the winning version lacks is protected', async () => {
  const conflict = await eventConflict();
  await database.execute(
    sql`UPDATE sync_conflicts SET sql_version = sql_version || '{"location":"Park"}' WHERE id = ${conflict.id}::uuid`,
  );
  await database.execute(sql`UPDATE calendar_events SET location = 'Home' WHERE id = ${conflict.recordId}::uuid`);
  const both = await findConflict(database, conflict.id);
  await expect(decideConflict(database, both, { keep: 'sql' })).rejects.toThrow(
    'location was edited after the conflict',
  );
  await database.execute(sql`UPDATE calendar_events SET location = NULL WHERE id = ${conflict.recordId}::uuid`);
  expect(await decideConflict(database, both, { keep: 'sql' })).toContain('location');
});

test('the work calendar is not written', async () => {
  await expect(decideConflict(database, await eventConflict('work_readonly'), { keep: 'sql' })).rejects.toThrow(
    'the work calendar is read-only',
  );
});
