import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineEntity, email, number, relationToMany, richText, title } from '../../src/entities/define.ts';
import { isUpdate } from '../faults/support/relay.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const letters = defineEntity({
  name: 'letters',
  table: 'letters',
  databaseId: '77777777-3a65-8055-8b36-ea0f30871fe3',
  title: 'Letters',
  fields: {
    name: title('Name'),
    notes: richText('Notes'),
    sender: email('Sender'),
    weight: number('Weight'),
    related: relationToMany('Related', 'letters', 'letter_links', ['letter_id', 'other_id']),
  },
});

const LONG = 'A text that is longer than the ten characters that SQL keeps';

describe("a value that an owner's trigger changes", () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await startEngine(
      letters,
      `CREATE TABLE letters (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '', notes text, sender text, weight double precision);
       CREATE TABLE letter_links (letter_id uuid, other_id uuid, PRIMARY KEY (letter_id, other_id));`,
    );
  });
  afterEach(() => engine.close());

  /** A BEFORE trigger of the owner's own. */
  const addTrigger = (body: string, on = 'INSERT OR UPDATE ON letters') =>
    engine.sql(`CREATE FUNCTION owners_rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NEW; END $$;
      CREATE TRIGGER owners_rule BEFORE ${on} FOR EACH ROW EXECUTE FUNCTION owners_rule()`);
  const create = (values: Record<string, unknown>) =>
    engine.notion.workspace.createPage('Letters', { Name: 'Letter', ...values });
  const edit = (page: string, values: Record<string, unknown>) => {
    // A later minute, so that the edit is the newer one.
    engine.notion.workspace.clock.advance(120_000);
    engine.notion.workspace.editPage(page, values);
  };
  const row = async (page: string) => {
    const [found] = await engine.sql<Record<string, unknown>>('SELECT * FROM letters WHERE notion_page_id = $1', [
      page,
    ]);
    return found ?? expect.fail(`no row of page ${page}`);
  };
  const inNotion = (page: string) => {
    const { Notes, Sender, Weight, Related, Name } = engine.notion.workspace.page(page).page.properties;
    return {
      name: Name?.type === 'title' ? Name.title.map((text) => text.plain_text).join('') : undefined,
      notes: Notes?.type === 'rich_text' ? Notes.rich_text.map((text) => text.plain_text).join('') : undefined,
      sender: Sender?.type === 'email' ? Sender.email : undefined,
      weight: Weight?.type === 'number' ? Weight.number : undefined,
      related: Related?.type === 'relation' ? Related.relation.map(({ id }) => id) : undefined,
    };
  };
  /** Cycles without an edit write no page, no row and no conflict, also when every page is read. */
  const isCalm = async () => {
    const before = engine.relay.passed.filter(isUpdate).length;
    for (const sweep of [false, true, false]) {
      expect(await engine.cycle({ sweep })).toMatchObject({ updated: 0, conflicts: 0, archived: 0, errors: [] });
    }
    expect(engine.relay.passed.filter(isUpdate)).toHaveLength(before);
    expect(await engine.sql('SELECT FROM sync_outbox')).toEqual([]);
  };

  test('a text that is cut stays whole in Notion, whatever else is edited in SQL', async () => {
    await addTrigger('NEW.notes := left(NEW.notes, 10);');
    const page = create({ Notes: LONG });
    await engine.cycle();
    expect(await row(page)).toMatchObject({ notes: LONG.slice(0, 10) });
    await isCalm();
    await engine.sql('UPDATE letters SET weight = 3');
    await engine.cycle();
    expect(inNotion(page)).toMatchObject({ notes: LONG, weight: 3 });
    await isCalm();
    edit(page, { Notes: `${LONG}, and then some` });
    await engine.cycle();
    await engine.sql("UPDATE letters SET name = 'Renamed'");
    await engine.cycle();
    expect(inNotion(page)).toMatchObject({ notes: `${LONG}, and then some`, name: 'Renamed' });
    await isCalm();
  });

  test('a later SQL edit of that column is an edit, and so is one that sets the old value again', async () => {
    await addTrigger('NEW.notes := left(NEW.notes, 10);');
    const page = create({ Notes: LONG });
    await engine.cycle();
    await engine.sql("UPDATE letters SET notes = 'Short'");
    await engine.cycle();
    expect(inNotion(page)).toMatchObject({ notes: 'Short' });
    await engine.sql('UPDATE letters SET notes = $1', [LONG]);
    await engine.cycle();
    expect(inNotion(page)).toMatchObject({ notes: LONG.slice(0, 10) });
    await isCalm();
  });

  test('without the trigger, the column is compared as it is', async () => {
    await addTrigger('NEW.notes := left(NEW.notes, 10);');
    const page = create({ Notes: LONG });
    await engine.cycle();
    await engine.sql('DROP TRIGGER owners_rule ON letters');
    await engine.sql('UPDATE letters SET notes = $1', [LONG]);
    await engine.cycle();
    expect(inNotion(page)).toMatchObject({ notes: LONG });
    await engine.sql('UPDATE letters SET notes = $1', [LONG.slice(0, 10)]);
    await engine.cycle();
    expect(inNotion(page)).toMatchObject({ notes: LONG.slice(0, 10) });
    await isCalm();
  });

  test('an address that is lowered keeps its spelling in Notion', async () => {
    await addTrigger('NEW.sender := lower(NEW.sender);');
    const page = create({ Sender: 'Ada@Example.com' });
    await engine.cycle();
    expect(await row(page)).toMatchObject({ sender: 'ada@example.com' });
    await isCalm();
    edit(page, { Sender: 'ADA@Example.com' });
    await engine.cycle();
    await engine.sql("UPDATE letters SET notes = 'x'");
    await engine.cycle();
    expect(inNotion(page)).toMatchObject({ sender: 'ADA@Example.com', notes: 'x' });
    await isCalm();
    const [made] = await engine.sql<{ id: string }>(
      "INSERT INTO letters (sender) VALUES ('Bob@Example.com') RETURNING id",
    );
    await engine.cycle();
    const [{ notion_page_id: created } = { notion_page_id: '' }] = await engine.sql<{ notion_page_id: string }>(
      'SELECT notion_page_id FROM letters WHERE id = $1',
      [made?.id],
    );
    expect(inNotion(created)).toMatchObject({ sender: 'bob@example.com' });
    await isCalm();
  });

  test('an edit that is swallowed is not taken back in Notion', async () => {
    const page = create({ Weight: 1, Name: 'One' });
    await engine.cycle();
    await addTrigger('NEW.weight := OLD.weight;', 'UPDATE ON letters');
    edit(page, { Weight: 2, Name: 'Two' });
    await engine.cycle();
    expect(await row(page)).toMatchObject({ weight: 1, name: 'Two' });
    await isCalm();
    await engine.sql("UPDATE letters SET name = 'Three'");
    await engine.cycle();
    expect(inNotion(page)).toMatchObject({ weight: 2, name: 'Three' });
    await isCalm();
  });

  test('a whole update that is swallowed, and an archive, are not taken back in Notion', async () => {
    const [page, trashed] = [create({ Name: 'One' }), create({ Name: 'Trash' })];
    await engine.cycle();
    await addTrigger('IF OLD.weight IS NULL THEN RETURN NULL; END IF;', 'UPDATE ON letters');
    edit(page, { Name: 'Two' });
    engine.notion.workspace.trashPage(trashed);
    await engine.cycle({ sweep: true });
    expect(await row(page)).toMatchObject({ name: 'One' });
    expect(await row(trashed)).toMatchObject({ archived_at: null });
    await isCalm();
    await engine.sql('DROP TRIGGER owners_rule ON letters');
    await engine.sql('UPDATE letters SET weight = 5');
    await engine.cycle();
    expect(inNotion(page)).toMatchObject({ name: 'Two', weight: 5 });
    expect(engine.notion.workspace.page(trashed).trashed).toBe(true);
    await isCalm();
  });

  test('links that are removed stay in Notion', async () => {
    await addTrigger('RETURN NULL;', 'INSERT ON letter_links');
    const target = create({ Name: 'Target' });
    const page = create({ Name: 'Linked', Related: [target] });
    await engine.cycle();
    await isCalm();
    await engine.sql('UPDATE letters SET weight = 1 WHERE notion_page_id = $1', [page]);
    await engine.cycle();
    expect(inNotion(page)).toMatchObject({ weight: 1, related: [target] });
    await isCalm();
  });

  test.each([
    ['stores no row', 'RETURN NULL;'],
    ['raises an error', "RAISE EXCEPTION 'not on my table';"],
    ['raises an error of any class', "RAISE EXCEPTION 'not on my table' USING ERRCODE = '42703';"],
  ])('a trigger that %s is reported, and the other rows are written', async (_, refusal) => {
    await addTrigger(`IF NEW.name = 'Bad' THEN ${refusal} END IF;`);
    const bad = create({ Name: 'Bad' });
    const page = create({ Name: 'Good' });
    for (let cycle = 0; cycle < 2; cycle += 1) {
      const { errors } = await engine.cycle();
      expect(errors.length).toBeGreaterThan(0);
      for (const { code, message } of errors) {
        expect(code).toBe('refused_by_sql');
        expect(message).toMatch(new RegExp(`${bad}.*(trigger|not on my table)`));
      }
    }
    expect(await row(page)).toMatchObject({ name: 'Good' });
  });
});
