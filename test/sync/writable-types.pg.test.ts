import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entitySql } from '../../src/database/entity-sql.ts';
import {
  checkbox,
  date,
  defineEntity,
  files,
  multiSelect,
  people,
  place,
  timestamp,
  title,
  verification,
} from '../../src/entities/define.ts';
import { isCreate, isUpdate } from '../faults/support/relay.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const papers = defineEntity({
  name: 'papers',
  table: 'papers',
  databaseId: '22222222-3a65-8055-8b36-ea0f30871fe4',
  title: 'Papers',
  fields: {
    title: title('Title'),
    done: checkbox('Done'),
    labels: multiSelect('Labels', ['Red', 'Blue', 'Green']),
    owners: people('Owners'),
    scans: files('Scans'),
    trip: date('Trip', { endColumn: 'trip_end' }),
    stay: timestamp('Stay', { endColumn: 'stay_end' }),
    visit: date('Visit', { timeColumn: 'visit_time', endColumn: 'visit_end' }),
    spot: place('Spot'),
    proof: verification('Proof'),
  },
});

const PLAN = 'https://example.com/plan.pdf';
const HOSTED = 'https://prod-files-secure.s3.us-west-2.amazonaws.com/w/1/scan.png';

describe('checkboxes, multi-selects, people and files', () => {
  let engine: Engine;
  let ann: string;
  let bob: string;
  beforeAll(async () => {
    engine = await startEngine(
      papers,
      `CREATE TABLE papers (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', done boolean, labels text[], owners text[], scans text[],
         trip date, trip_end date, stay timestamptz, stay_end timestamptz, visit date, visit_time time, visit_end date, spot text, proof text);`,
    );
    ann = workspace().addPerson('Ann', 'ann@example.com');
    bob = workspace().addPerson('Bob', 'bob@example.com');
  });
  afterAll(() => engine.close());

  const workspace = () => engine.notion.workspace;
  const row = async (pageId: string) => {
    const [found] = await engine.sql<Record<string, unknown>>('SELECT * FROM papers WHERE notion_page_id = $1', [
      pageId,
    ]);
    return found ?? expect.fail(`no row of page ${pageId}`);
  };
  const rowOf = async (id: string | undefined) => {
    const [found] = await engine.sql<Record<string, unknown>>('SELECT * FROM papers WHERE id = $1', [id]);
    return found ?? expect.fail(`no row ${id}`);
  };
  const propertiesOf = (pageId: string) => workspace().page(pageId).page.properties;
  const namesOf = (pageId: string): readonly string[] => {
    const { Labels } = propertiesOf(pageId);
    return Labels?.type === 'multi_select' ? Labels.multi_select.map(({ name }) => name) : [];
  };
  const writes = () => engine.relay.passed.filter((request) => isCreate(request) || isUpdate(request));
  const conflicts = () => engine.sql('SELECT * FROM sync_conflicts');
  /** A cycle without changes writes nothing. */
  const isCalm = async () => {
    const before = writes().length;
    expect(await engine.cycle()).toMatchObject({ created: 0, updated: 0, conflicts: 0, errors: [] });
    expect(writes()).toHaveLength(before);
  };
  const scan = { name: 'scan.png', file: { url: HOSTED } };
  const linked = (name: string, url: string) => ({ name, external: { url } });

  test('arrive in SQL, and follow edits in Notion', async () => {
    const page = workspace().createPage('Papers', {
      Title: 'A',
      Done: true,
      Labels: ['Blue', 'Red'],
      Owners: [bob, ann],
      Scans: { files: [scan, linked('Plan', PLAN)] },
    });
    await engine.cycle();
    expect(await row(page)).toMatchObject({ done: true, labels: ['Blue', 'Red'], owners: [bob, ann], scans: [PLAN] });
    workspace().editPage(page, { Done: false, Labels: ['Red'], Owners: [], Scans: { files: [] } });
    await engine.cycle();
    expect(await row(page)).toMatchObject({ done: false, labels: ['Red'], owners: [], scans: [] });
    await isCalm();
  });

  test('go to Notion from a new row, with new options and people by e-mail', async () => {
    const [made] = await engine.sql<{ id: string }>(
      `INSERT INTO papers (title, done, labels, owners, scans)
       VALUES ('B', true, '{Green,New}', ARRAY['ANN@example.com', $1], ARRAY[$2]) RETURNING id`,
      [bob, PLAN],
    );
    expect(await engine.cycle()).toMatchObject({ created: 1, errors: [] });
    const found = await rowOf(made?.id);
    expect(found).toMatchObject({ done: true, labels: ['Green', 'New'], owners: [ann, bob], scans: [PLAN] });
    const page = String(found.notion_page_id);
    expect(namesOf(page)).toEqual(['Green', 'New']);
    expect(propertiesOf(page)).toMatchObject({
      Done: { checkbox: true },
      Owners: { people: [{ id: ann }, { id: bob }] },
      Scans: { files: [{ name: 'plan.pdf', type: 'external', external: { url: PLAN } }] },
    });
    await isCalm();
  });

  test('that are NULL in SQL are empty, on both sides, and stay NULL', async () => {
    const [made] = await engine.sql<{ id: string }>("INSERT INTO papers (title) VALUES ('C') RETURNING id");
    await engine.cycle();
    await engine.cycle({ sweep: true });
    const found = await rowOf(made?.id);
    expect(found).toMatchObject({ done: null, labels: null, owners: null, scans: null });
    workspace().editPage(String(found.notion_page_id), { Title: 'C, read' });
    await engine.cycle();
    expect(await rowOf(made?.id)).toMatchObject({ title: 'C, read', done: null, labels: null });
    expect(await engine.sql('SELECT FROM sync_state WHERE stored_values IS NOT NULL')).toEqual([]);
    await isCalm();
  });

  test('an array that is edited element by element goes to Notion in its order', async () => {
    const page = workspace().createPage('Papers', { Title: 'D', Labels: ['Red', 'Blue'] });
    await engine.cycle();
    await engine.sql(
      "UPDATE papers SET labels = array_append(array_remove(labels, 'Red'), 'Red'), done = true WHERE notion_page_id = $1",
      [page],
    );
    await engine.cycle();
    expect(namesOf(page)).toEqual(['Blue', 'Red']);
    expect(propertiesOf(page)).toMatchObject({ Done: { checkbox: true } });
    await isCalm();
  });

  test('elements with the characters of an array in SQL are the same on both sides', async () => {
    const odd = ['NULL', '{x}', 'a"b', String.raw`c\d`, ' e ', "f'g", '👩‍🚀', '""'];
    const page = workspace().createPage('Papers', { Title: 'M', Labels: odd });
    await engine.cycle();
    expect((await row(page)).labels).toEqual(odd);
    const more = [...odd.toReversed(), '}{'];
    await engine.sql('UPDATE papers SET labels = $2 WHERE notion_page_id = $1', [page, more]);
    await engine.cycle();
    expect(namesOf(page)).toEqual(more);
    await engine.sql("UPDATE papers SET labels = ARRAY[['Red', NULL], ['', 'Blue']] WHERE notion_page_id = $1", [page]);
    await engine.cycle();
    expect(namesOf(page)).toEqual(['Red', 'Blue']);
    await isCalm();
    // The same in another form is no edit.
    await engine.sql("UPDATE papers SET labels = '{Red,Blue}' WHERE notion_page_id = $1", [page]);
    await isCalm();
  });

  test('arrays that both sides edited are merged, and nothing is a conflict', async () => {
    const page = workspace().createPage('Papers', {
      Title: 'E',
      Labels: ['Red', 'Blue'],
      Owners: [ann],
      Scans: { files: [linked('Plan', PLAN), scan] },
    });
    await engine.cycle();
    const before = (await conflicts()).length;
    workspace().clock.advance(120_000);
    workspace().editPage(page, {
      Labels: ['Red', 'Blue', 'Green'],
      Owners: [ann, bob],
      Scans: { files: [linked('Plan', PLAN), scan, linked('Notes', 'https://example.com/notes')] },
    });
    await engine.sql(
      `UPDATE papers SET labels = array_append(array_remove(labels, 'Red'), 'Mine'), owners = array_remove(owners, $2),
         scans = array_append(scans, 'https://example.com/mine.txt') WHERE notion_page_id = $1`,
      [page, ann],
    );
    await engine.cycle();
    await engine.cycle();
    const found = await row(page);
    expect((found.labels as string[]).toSorted()).toEqual(['Blue', 'Green', 'Mine']);
    expect(namesOf(page)).toEqual(found.labels);
    expect(found.owners).toEqual([bob]);
    const { Scans } = propertiesOf(page);
    const scans = Scans?.type === 'files' ? Scans.files.map(({ name, type }) => `${type} ${name}`) : [];
    expect(scans.toSorted()).toEqual(['external Notes', 'external Plan', 'external mine.txt', 'file scan.png']);
    expect(await conflicts()).toHaveLength(before);
    await isCalm();
  });

  test('the end of a date is a column of its own, in both directions', async () => {
    const page = workspace().createPage('Papers', {
      Title: 'K',
      Trip: { start: '2026-03-01', end: '2026-03-04' },
      Stay: { start: '2026-03-01T10:00:00.000Z', end: '2026-03-01T12:00:00.000Z' },
    });
    await engine.cycle();
    const ends = async () =>
      (
        await engine.sql(
          `SELECT trip::text, trip_end::text, stay AT TIME ZONE 'UTC' AS stay, (stay_end - stay)::text AS length
             FROM papers WHERE notion_page_id = $1`,
          [page],
        )
      )[0];
    expect(await ends()).toMatchObject({ trip: '2026-03-01', trip_end: '2026-03-04', length: '02:00:00' });
    await engine.sql(
      "UPDATE papers SET trip_end = '2026-03-09', stay_end = stay + interval '3 hours' WHERE notion_page_id = $1",
      [page],
    );
    await engine.cycle();
    const { Trip, Stay } = propertiesOf(page);
    expect(Trip).toMatchObject({ date: { start: '2026-03-01', end: '2026-03-09' } });
    const stayed = Stay?.type === 'date' ? Stay.date : null;
    expect(Date.parse(stayed?.end ?? '') - Date.parse(stayed?.start ?? '')).toBe(3 * 3_600_000);
    workspace().editPage(page, { Trip: { start: '2026-03-02' } });
    await engine.cycle();
    expect(await ends()).toMatchObject({ trip: '2026-03-02', trip_end: null, length: '03:00:00' });
    await engine.sql("UPDATE papers SET trip = NULL, trip_end = '2026-03-09' WHERE notion_page_id = $1", [page]);
    expect((await engine.cycle()).errors).toMatchObject([{ code: 'not_a_date' }]);
    await engine.sql('UPDATE papers SET trip_end = NULL WHERE notion_page_id = $1', [page]);
    await engine.cycle();
    expect(propertiesOf(page).Trip).toMatchObject({ date: null });
    await isCalm();
  });

  test('a date has a column for its time and one for the day of its end, in both directions', async () => {
    const held = { start: '2026-03-01T10:00:00.000Z', end: '2026-03-04T12:30:00.000Z' };
    const page = workspace().createPage('Papers', { Title: 'V', Visit: held });
    await engine.cycle();
    const { visit_time: time, visit_end: end } = await row(page);
    expect([time, end]).toEqual([expect.stringMatching(/^\d\d:00:00$/), new Date('2026-03-04')]);
    await engine.sql("UPDATE papers SET visit_end = '2026-03-06' WHERE notion_page_id = $1", [page]);
    await engine.cycle();
    const sent = () => {
      const { Visit } = propertiesOf(page);
      const found = Visit?.type === 'date' ? Visit.date : null;
      return [found?.start, found?.end].map((at) => (at && at.length > 10 ? new Date(at).toISOString() : at));
    };
    expect(sent()).toEqual([held.start, '2026-03-06T12:30:00.000Z']);
    await engine.sql('UPDATE papers SET visit_time = NULL WHERE notion_page_id = $1', [page]);
    await engine.cycle();
    expect(sent()).toEqual(['2026-03-01', '2026-03-06']);
    await isCalm();
  });

  test('a place and a verification go both ways', async () => {
    const gate = { lat: 52.5163, lon: 13.3777, name: 'Gate', address: 'Pariser Platz', google_place_id: 'g' };
    const page = workspace().createPage('Papers', {
      Title: 'L',
      Spot: { place: gate },
      Proof: { verification: { state: 'verified' } },
    });
    await engine.cycle();
    expect(await row(page)).toMatchObject({ spot: 'Gate (52.5163, 13.3777)', proof: 'verified' });
    await engine.sql("UPDATE papers SET spot = 'The gate (52.5163, 13.3777)', proof = NULL WHERE notion_page_id = $1", [
      page,
    ]);
    await engine.cycle();
    expect(propertiesOf(page)).toMatchObject({
      Spot: { place: { ...gate, name: 'The gate' } },
      Proof: { verification: { state: 'unverified' } },
    });
    await engine.sql("UPDATE papers SET spot = '48.8584,2.2945', proof = 'verified' WHERE notion_page_id = $1", [page]);
    await engine.cycle();
    expect(propertiesOf(page)).toMatchObject({
      Spot: { place: { lat: 48.8584, lon: 2.2945, name: null, address: null } },
      Proof: { verification: { state: 'verified' } },
    });
    await isCalm();
    await engine.sql("UPDATE papers SET spot = 'Paris', proof = 'expired' WHERE notion_page_id = $1", [page]);
    const { errors } = await engine.cycle();
    expect(errors.map(({ code }) => code).toSorted()).toEqual(['not_a_place', 'not_a_verification']);
    await engine.sql("UPDATE papers SET spot = NULL, proof = 'verified' WHERE notion_page_id = $1", [page]);
    await engine.cycle();
    expect(propertiesOf(page)).toMatchObject({ Spot: { place: null } });
    await isCalm();
  });

  test('the two sides are compared in the database as the engine compares them', async () => {
    const [compared] = await engine.sql<{ differing: string[] }>(entitySql(papers).compareSides);
    const odd = await engine.sql<{ title: string }>('SELECT title FROM papers WHERE id = ANY ($1)', [
      compared?.differing,
    ]);
    expect(odd.map(({ title }) => title)).toEqual([]);
  });

  test('files that Notion keeps outlive every edit in SQL', async () => {
    const page = workspace().createPage('Papers', { Title: 'F', Scans: { files: [scan, linked('Plan', PLAN)] } });
    await engine.cycle();
    await engine.sql("UPDATE papers SET scans = '{}' WHERE notion_page_id = $1", [page]);
    await engine.cycle();
    expect(propertiesOf(page)).toMatchObject({ Scans: { files: [{ name: 'scan.png', type: 'file' }] } });
    await engine.sql("UPDATE papers SET scans = '{https://example.com/x}' WHERE notion_page_id = $1", [page]);
    await engine.cycle();
    expect(propertiesOf(page)).toMatchObject({
      Scans: {
        files: [
          { name: 'scan.png', type: 'file' },
          { name: 'x', type: 'external' },
        ],
      },
    });
    await isCalm();
  });

  test('what Notion cannot hold is refused for its field alone, with what to do', async () => {
    const page = workspace().createPage('Papers', { Title: 'G', Labels: ['Red'] });
    await engine.cycle();
    await engine.sql(
      "UPDATE papers SET title = 'G2', labels = '{\"a, b\"}', owners = '{nobody@example.com}', scans = '{plan.pdf}' WHERE notion_page_id = $1",
      [page],
    );
    const { errors } = await engine.cycle();
    expect(errors.map(({ code }) => code).toSorted()).toEqual(['not_an_address', 'option_name', 'person_unknown']);
    expect(workspace().page(page).title).toBe('G2');
    expect(namesOf(page)).toEqual(['Red']);
    await engine.sql("UPDATE papers SET labels = '{Red}', owners = NULL, scans = NULL WHERE notion_page_id = $1", [
      page,
    ]);
    await engine.cycle();
    await isCalm();
  });

  test('more than 25 people, which a page object may not show, are read and written whole', async () => {
    const crowd = Array.from({ length: 30 }, (_, n) => workspace().addPerson(`User ${n}`));
    const page = workspace().createPage('Papers', { Title: 'H', Owners: crowd });
    await engine.cycle();
    expect((await row(page)).owners).toEqual(crowd);
    await engine.sql("UPDATE papers SET owners = array_append(owners, 'ann@example.com') WHERE notion_page_id = $1", [
      page,
    ]);
    await engine.cycle();
    expect((await row(page)).owners).toEqual([...crowd, ann]);
    await engine.cycle({ sweep: true });
    expect((await row(page)).owners).toEqual([...crowd, ann]);
    await isCalm();
  });

  test('an e-mail whose write got no answer becomes its id, and is no conflict', async () => {
    const page = workspace().createPage('Papers', { Title: 'N' });
    await engine.cycle();
    const before = (await conflicts()).length;
    await engine.sql("UPDATE papers SET owners = '{ann@example.com}' WHERE notion_page_id = $1", [page]);
    const held = engine.relay.hold('after', isUpdate);
    const broken = engine.cycle().catch(() => undefined);
    await held.arrived;
    held.abandon();
    await broken;
    await engine.cycle();
    await engine.cycle();
    expect((await row(page)).owners).toEqual([ann]);
    expect(propertiesOf(page)).toMatchObject({ Owners: { people: [{ id: ann }] } });
    expect(await conflicts()).toHaveLength(before);
    await isCalm();
  });

  test('without the capability to read users, an e-mail is refused, and an id is written', async () => {
    const allow = (users: boolean) => workspace().addIntegration(engine.notion.token, 'Lockstep', { users });
    const page = workspace().createPage('Papers', { Title: 'J' });
    await engine.cycle();
    allow(false);
    await engine.sql("UPDATE papers SET owners = '{ann@example.com}' WHERE notion_page_id = $1", [page]);
    const { errors } = await engine.cycle();
    expect(errors).toMatchObject([
      { code: 'users_unreadable', message: expect.stringContaining('read user information') },
    ]);
    await engine.sql('UPDATE papers SET owners = ARRAY[$2] WHERE notion_page_id = $1', [page, ann]);
    await engine.cycle();
    expect(propertiesOf(page)).toMatchObject({ Owners: { people: [{ id: ann }] } });
    allow(true);
    await isCalm();
  });

  test('an option that is renamed in Notion is renamed in every array, which is no edit', async () => {
    const page = workspace().createPage('Papers', { Title: 'I', Labels: ['Green', 'Blue'] });
    await engine.cycle();
    const before = await row(page);
    workspace().renameOption('Papers', 'Labels', 'Green', 'Lime');
    await engine.cycle();
    expect(await row(page)).toMatchObject({
      labels: ['Lime', 'Blue'],
      sql_local_last_edited_at: before.sql_local_last_edited_at,
    });
    expect(await engine.sql('SELECT * FROM sync_outbox')).toEqual([]);
    await isCalm();
  });
});
