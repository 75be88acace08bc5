import { afterEach, describe, expect, test } from 'vitest';
import { date, defineEntity, number, richText, timestamp, title } from '../../src/entities/define.ts';
import { isUpdate } from '../faults/support/relay.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

// Each case is a public bug report of another tool; its address is in the name of the test.

const parcels = defineEntity({
  name: 'parcels',
  table: 'parcels',
  databaseId: '66666666-3a65-8055-8b36-ea0f30871fe3',
  title: 'Parcels',
  fields: {
    name: title('Name'),
    code: richText('Code'),
    weight: number('Weight'),
    due: date('Due'),
    sent_at: timestamp('Sent'),
  },
});

describe("a table of the owner's own types", () => {
  let engine: Engine;
  const start = async (columns: string, more = '') => {
    engine = await startEngine(parcels, `CREATE TABLE parcels (${COMMON_COLUMNS}, ${columns}); ${more}`);
  };
  const COLUMNS = "name text NOT NULL DEFAULT '', code text, weight double precision, due date, sent_at timestamptz";
  afterEach(() => engine.close());

  const workspace = () => engine.notion.workspace;
  const create = (values: Record<string, unknown>) => workspace().createPage('Parcels', { Name: 'Parcel', ...values });
  const edit = (page: string, values: Record<string, unknown>) => {
    workspace().clock.advance(120_000);
    workspace().editPage(page, values);
  };
  const rows = () => engine.sql<Record<string, unknown>>('SELECT *, weight::text AS w FROM parcels ORDER BY name');
  const weightInNotion = (page: string) => {
    const { Weight } = workspace().page(page).page.properties;
    return Weight?.type === 'number' ? Weight.number : undefined;
  };
  const codeInNotion = (page: string) => {
    const { Code } = workspace().page(page).page.properties;
    return Code?.type === 'rich_text' ? Code.rich_text.map((text) => text.plain_text).join('') : undefined;
  };
  const isCalm = async () => {
    const before = engine.relay.passed.filter(isUpdate).length;
    for (const sweep of [false, true]) {
      expect(await engine.cycle({ sweep })).toMatchObject({ updated: 0, conflicts: 0, errors: [] });
    }
    expect(engine.relay.passed.filter(isUpdate)).toHaveLength(before);
  };

  test.each([
    ['https://github.com/windmill-labs/windmill/issues/5325', 'numeric', '1909198862420847982'],
    ['https://github.com/supabase/postgrest-js/issues/273', 'bigint', '3458764526536546760'],
    ['https://github.com/graphile/crystal/issues/678', 'numeric', '1234567899517.1299'],
  ])('%s: %s %s is not rounded in SQL by an edit in Notion', async (_, type, value) => {
    await start(`name text NOT NULL DEFAULT '', code text, weight ${type}, due date, sent_at timestamptz`);
    await engine.sql(`INSERT INTO parcels (name, weight) VALUES ('Heavy', ${value})`);
    await engine.cycle();
    const [row] = await rows();
    expect(weightInNotion(String(row?.notion_page_id))).toBe(Number(value));
    edit(String(row?.notion_page_id), { Code: 'Edited' });
    await engine.cycle();
    expect(await rows()).toMatchObject([{ code: 'Edited', w: value }]);
    await isCalm();
  });

  test('https://github.com/pgadmin-org/pgadmin4/issues/4786: a number of Notion has all its digits in a numeric column', async () => {
    await start("name text NOT NULL DEFAULT '', code text, weight numeric, due date, sent_at timestamptz");
    const page = create({ Weight: 1234567.8901234567 });
    await engine.cycle();
    expect(await rows()).toMatchObject([{ w: '1234567.8901234567' }]);
    edit(page, { Weight: 0.1 + 0.2 });
    await engine.cycle();
    expect(await rows()).toMatchObject([{ w: '0.30000000000000004' }]);
    await isCalm();
  });

  test('https://github.com/brianc/node-postgres/issues/1200: microseconds stay in SQL', async () => {
    await start(COLUMNS);
    await engine.sql("INSERT INTO parcels (name, sent_at) VALUES ('A', '2017-01-01 00:00:00.00001Z')");
    await engine.cycle();
    const [row] = await rows();
    edit(String(row?.notion_page_id), { Code: 'Edited' });
    await engine.cycle();
    expect(await engine.sql("SELECT code, sent_at = '2017-01-01 00:00:00.00001Z' AS same FROM parcels")).toEqual([
      { code: 'Edited', same: true },
    ]);
    await isCalm();
  });

  test.each([
    ['https://github.com/typeorm/typeorm/issues/2812', 64.8, '65'],
    ['https://github.com/funmaker/Hybooru/issues/12', 1129.2, '1129'],
  ])('%s: %d in an integer column stays in Notion', async (_, value, stored) => {
    await start("name text NOT NULL DEFAULT '', code text, weight integer, due date, sent_at timestamptz");
    const page = create({ Weight: value });
    await engine.cycle();
    expect(await rows()).toMatchObject([{ w: stored }]);
    await isCalm();
    await engine.sql("UPDATE parcels SET code = 'Edited'");
    await engine.cycle();
    expect(weightInNotion(page)).toBe(value);
    expect(codeInNotion(page)).toBe('Edited');
    await isCalm();
  });

  test.each([
    ['https://github.com/pgjdbc/pgjdbc/issues/536', 'abc', 'abc       '],
    ['https://github.com/cockroachdb/cockroach/issues/50015', 'hello ', 'hello     '],
  ])('%s: %j in a char(10) column is not sent back with its padding', async (_, value, stored) => {
    await start("name text NOT NULL DEFAULT '', code char(10), weight double precision, due date, sent_at timestamptz");
    const page = create({ Code: value });
    await engine.cycle();
    expect(await rows()).toMatchObject([{ code: stored }]);
    await isCalm();
    await engine.sql('UPDATE parcels SET weight = 3');
    await engine.cycle();
    expect(codeInNotion(page)).toBe(value);
    expect(weightInNotion(page)).toBe(3);
    await isCalm();
  });

  test.each([
    ['https://github.com/langgenius/dify/issues/14314', 'code varchar(5)', 'CHECK (true)'],
    ['https://github.com/passiomatic/coldsweat/issues/54', 'code text', 'UNIQUE (code)'],
    ['https://github.com/hiero-ledger/hiero-mirror-node/issues/12637', 'code text UNIQUE', 'CHECK (true)'],
  ])('%s: one value that the table refuses stops no other', async (_, code, rule) => {
    await start(
      `name text NOT NULL DEFAULT '', ${code}, weight double precision, due date, sent_at timestamptz, ${rule}`,
    );
    create({ Name: 'A', Code: 'one' });
    create({ Name: 'B', Code: `${code} ${rule}`.includes('UNIQUE') ? 'one' : 'too long for it' });
    create({ Name: 'C', Code: 'two' });
    const { errors } = await engine.cycle();
    expect(errors.map(({ code }) => code)).toContain('refused_by_sql');
    expect(new Set(errors.map(({ record }) => record)).size).toBe(1);
    expect((await rows()).map(({ name }) => name)).toEqual(['A', 'C']);
  });

  test.each(['https://github.com/t8y2/dbx/issues/3990', 'https://github.com/nucleuscloud/neosync/issues/1876'])(
    '%s: a generated column is left to PostgreSQL',
    async () => {
      await start(`${COLUMNS}, grams double precision GENERATED ALWAYS AS (weight * 1000) STORED`);
      const page = create({ Weight: 2 });
      await engine.cycle();
      edit(page, { Weight: 3 });
      await engine.cycle();
      expect(await rows()).toMatchObject([{ weight: 3, grams: 3000 }]);
      await isCalm();
    },
  );

  test.each([
    ['https://github.com/confluentinc/kafka-connect-jdbc/issues/1216', 'a\0b', 'ab'],
    ['https://github.com/airbytehq/airbyte/issues/3476', 'Hi Sydney\0', 'Hi Sydney'],
  ])('%s: a zero byte is left out', async (_, value, stored) => {
    await start(COLUMNS);
    create({ Code: value });
    expect(await engine.cycle()).toMatchObject({ errors: [] });
    expect(await rows()).toMatchObject([{ code: stored }]);
    await isCalm();
  });

  test.each([
    ['https://github.com/n8n-io/n8n/issues/8912', "sent_at = '-infinity'"],
    ['https://github.com/porsager/postgres/issues/728', "due = 'infinity'"],
  ])('%s: %s is refused alone, and kept', async (_, change) => {
    await start(COLUMNS);
    await engine.sql("INSERT INTO parcels (name, code) VALUES ('A', 'one'), ('B', 'two')");
    await engine.cycle();
    await engine.sql(`UPDATE parcels SET ${change} WHERE name = 'A'`);
    await engine.sql("UPDATE parcels SET code = 'three' WHERE name = 'B'");
    expect(await engine.cycle()).toMatchObject({ updated: 1, errors: [{ code: 'not_a_date' }] });
    const [a, b] = await engine.sql<{ kept: boolean; page: string }>(
      `SELECT (${change}) AS kept, notion_page_id AS page FROM parcels ORDER BY name`,
    );
    expect(a?.kept).toBe(true);
    expect(codeInNotion(String(b?.page))).toBe('three');
  });

  test.each(['https://github.com/PostHog/posthog/pull/90205', 'https://github.com/airbytehq/airbyte/issues/26849'])(
    '%s: a scan whose cursor Notion no longer knows starts again, and misses no page',
    async () => {
      await start(COLUMNS);
      for (const name of ['A', 'B']) create({ Name: name });
      await engine.cycle();
      create({ Name: 'C' });
      const position = { after: null, cursor: '0a26ee68-df30-4251-aad4-8ddc420cba3d' };
      await engine.sql('UPDATE sync_sources SET scan = $1', [JSON.stringify({ highWater: null, position })]);
      expect(await engine.cycle()).toMatchObject({ errors: [], archived: 0 });
      expect((await rows()).map(({ name }) => name)).toEqual(['A', 'B', 'C']);
      await isCalm();
    },
  );

  test('https://github.com/brianc/node-postgres/issues/993: a timestamp without a zone is no other time', async () => {
    await start("name text NOT NULL DEFAULT '', code text, weight double precision, due date, sent_at timestamp");
    const page = create({ Sent: { start: '2016-07-15T20:00:00.000+02:00' } });
    await engine.cycle();
    await isCalm();
    await engine.sql("UPDATE parcels SET code = 'Edited'");
    await engine.cycle();
    const { Sent } = workspace().page(page).page.properties;
    expect(Sent?.type === 'date' && Date.parse(Sent.date?.start ?? '')).toBe(Date.parse('2016-07-15T18:00:00Z'));
  });
});
