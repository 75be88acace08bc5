import { expect, test } from 'vitest';
import { clientOf, full, property, raw, sourceOf, start, titled } from './support.ts';

type Emulator = Awaited<ReturnType<typeof start>>;
type Row = Readonly<Record<string, unknown>>;

const VERSIONS = ['2025-09-03', '2026-03-11'] as const;
const path = `/v1/data_sources/${sourceOf('tasks')}`;

/** Changes the schema of Tasks as an integration does. */
async function change(
  emulator: Emulator,
  properties: Row,
  version: string = VERSIONS[0],
): Promise<Record<string, Row>> {
  const { status, body } = await raw(emulator, 'PATCH', path, { properties }, { 'notion-version': version });
  expect([status, body.message ?? null]).toEqual([200, null]);
  return body.properties as Record<string, Row>;
}

/** The titles that a query of Tasks finds, or the message of its refusal. */
async function found(emulator: Emulator, query: Row): Promise<unknown> {
  const { status, body } = await raw(emulator, 'POST', `${path}/query`, query);
  if (status !== 200) return body.message;
  return (body.results as { id: string; object: string }[]).map((page) =>
    property(page, 'Title', 'title')
      .title.map((item) => item.plain_text)
      .join(''),
  );
}

const sortedBy = (name: string) => ({ sorts: [{ property: name, direction: 'descending' }] });

test.each(VERSIONS)('in version %s the schema shows the new types as recorded', async (version) => {
  const emulator = await start();
  const shown = await change(
    emulator,
    {
      Sum: { rollup: { function: 'count', relation_property_name: 'Tags', rollup_property_name: 'Name' } },
      Copy: { formula: { expression: 'prop("Title")' } },
      ID: { unique_id: { prefix: 'TASK' } },
      Press: { button: {} },
      Where: { place: {} },
      Checked: { verification: {} },
    },
    version,
  );
  const tags = String(shown.Tags?.id);
  expect(shown.Sum).toMatchObject({
    type: 'rollup',
    rollup: {
      function: 'count',
      relation_property_name: 'Tags',
      relation_property_id: decodeURIComponent(tags),
      rollup_property_name: 'Name',
      rollup_property_id: 'title',
    },
  });
  const expression = `{{notion:block_property:title:${sourceOf('tasks')}:e0000000-0000-4000-8000-000000000000}}`;
  expect(shown.Copy).toMatchObject({ type: 'formula', formula: { expression } });
  expect(shown.ID).toMatchObject({ type: 'unique_id', unique_id: { prefix: 'TASK' } });
  expect(shown.Press).toMatchObject({ type: 'button', button: {} });
  expect(shown.Where).toMatchObject({ type: 'place', place: {} });
  expect(shown.Checked).toMatchObject({ type: 'verification', verification: {} });
  const page = await raw(
    emulator,
    'POST',
    '/v1/pages',
    { parent: { data_source_id: sourceOf('tasks') }, properties: { Title: titled('T') } },
    { 'notion-version': version },
  );
  expect(page.body.properties).toMatchObject({
    Sum: { type: 'rollup', rollup: { type: 'number', number: 0, function: 'count' } },
    Copy: { type: 'formula', formula: { type: 'string', string: 'T' } },
    ID: { type: 'unique_id', unique_id: { prefix: 'TASK', number: 1 } },
    Press: { type: 'button', button: {} },
    Where: { type: 'place', place: null },
    Checked: { type: 'verification', verification: { state: 'unverified', verified_by: null, date: null } },
  });
});

test('a value that only Notion sets is refused with the list of what can be written', async () => {
  const emulator = await start();
  await change(emulator, {
    Copy: { formula: { expression: 'prop("Title")' } },
    Sum: { rollup: { function: 'count', relation_property_name: 'Tags', rollup_property_name: 'Name' } },
    ID: { unique_id: {} },
    Press: { button: {} },
  });
  const page_id = emulator.workspace.createPage('Tasks', { Title: 'T' });
  const written = {
    Copy: { formula: { string: 'x' } },
    Sum: { rollup: { number: 1 } },
    ID: { unique_id: { number: 7 } },
    Press: { button: {} },
    Title: { created_time: '2026-03-01T00:00:00Z' },
  };
  for (const [name, value] of Object.entries(written)) {
    const { status, body } = await raw(emulator, 'PATCH', `/v1/pages/${page_id}`, { properties: { [name]: value } });
    expect([status, body.code]).toEqual([400, 'validation_error']);
    const lines = String(body.message).split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'body failed validation. Fix one:',
      `body.properties.${name}.title should be defined, instead was \`undefined\`.`,
    ]);
    expect(lines.at(-1)).toBe(`body.properties.${name}.start should be defined, instead was \`undefined\`.`);
  }
  const { body } = await raw(emulator, 'PATCH', `/v1/pages/${page_id}`, { properties: { Copy: { number: 5 } } });
  expect(body.message).toBe('Copy is expected to be formula.');
});

test('numbers of a unique_id count per data source and are never used twice', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  const first = workspace.createPage('Tasks', { Title: 'First' });
  const second = workspace.createPage('Tasks', { Title: 'Second' });
  await change(emulator, { ID: { unique_id: { prefix: 'TASK' } } });
  const numberOf = async (page_id: string) =>
    property(await client.pages.retrieve({ page_id }), 'ID', 'unique_id').unique_id;
  expect([await numberOf(first), await numberOf(second)]).toEqual([
    { prefix: 'TASK', number: 1 },
    { prefix: 'TASK', number: 2 },
  ]);
  const third = workspace.createPage('Tasks', { Title: 'Third' });
  workspace.movePage(third, 'Tags');
  const copy = workspace.duplicatePage(first);
  expect((await numberOf(copy)).number).toBe(4);
  expect(await found(emulator, { filter: { property: 'ID', unique_id: { greater_than: 1 } } })).toEqual([
    'Second',
    'First',
  ]);
  expect(await found(emulator, sortedBy('ID'))).toEqual(['First', 'Second', 'First']);
  // As recorded, a config without a prefix keeps it.
  expect((await change(emulator, { ID: { unique_id: {} } })).ID).toMatchObject({ unique_id: { prefix: 'TASK' } });
  expect((await change(emulator, { ID: { unique_id: { prefix: null } } })).ID).toMatchObject({
    unique_id: { prefix: null },
  });
  const another = await raw(emulator, 'PATCH', path, { properties: { Other: { unique_id: {} } } });
  expect([another.status, another.body.message]).toEqual([400, 'A data source has at most one unique_id property.']);
});

test('two data sources cannot have the same prefix', async () => {
  const emulator = await start();
  await change(emulator, { ID: { unique_id: { prefix: 'TASK' } } });
  const body = { properties: { ID: { unique_id: { prefix: 'TASK' } } } };
  expect((await raw(emulator, 'PATCH', `/v1/data_sources/${sourceOf('tags')}`, body)).body.message).toBe(
    'The unique_id prefix TASK is already in use.',
  );
});

test('a new number is no change of the schema', async () => {
  const emulator = await start();
  await change(emulator, { ID: { unique_id: {} } });
  const before = emulator.workspace.dataSource('Tasks').last_edited_time;
  emulator.workspace.clock.advance(600_000);
  emulator.workspace.createPage('Tasks', { Title: 'T' });
  expect(emulator.workspace.dataSource('Tasks').last_edited_time).toBe(before);
});

/** Three tags with numbers and dates, and three tasks with two, one and none of them. */
async function withRollups(rollups: Readonly<Record<string, readonly [name: string, target: string]>>) {
  const emulator = await start();
  const { workspace } = emulator;
  workspace.addProperty('Tags', 'Weight', { number: {} });
  workspace.addProperty('Tags', 'When', { date: {} });
  workspace.addProperty('Tags', 'Ready', { checkbox: {} });
  const light = workspace.createPage('Tags', { Name: 'Light', Weight: 2, When: '2026-03-01', Ready: true });
  const heavy = workspace.createPage('Tags', { Name: 'Heavy', Weight: 7, When: '2026-01-05', Type: 'Area' });
  const empty = workspace.createPage('Tags', { Name: 'Empty' });
  const both = workspace.createPage('Tasks', { Title: 'Both', Tags: [light, heavy] });
  workspace.createPage('Tasks', { Title: 'One', Tags: [empty] });
  workspace.createPage('Tasks', { Title: 'None' });
  const configs = Object.entries(rollups).map(([property, [name, target]]) => [
    property,
    { rollup: { function: name, relation_property_name: 'Tags', rollup_property_name: target } },
  ]);
  await change(emulator, Object.fromEntries(configs));
  return { emulator, workspace, client: clientOf(emulator), both };
}

test.each([
  ['count', 'Name', [2, 1, 0]],
  ['count_values', 'Weight', [2, 0, 0]],
  ['unique', 'Name', [2, 1, 0]],
  ['empty', 'Type', [1, 1, 0]],
  ['not_empty', 'Type', [1, 0, 0]],
  ['percent_empty', 'Type', [0.5, 1, null]],
  ['percent_not_empty', 'Type', [0.5, 0, null]],
  ['checked', 'Ready', [1, 0, 0]],
  ['percent_checked', 'Ready', [0.5, 0, null]],
  ['sum', 'Weight', [9, 0, 0]],
  ['average', 'Weight', [4.5, null, null]],
  ['median', 'Weight', [4.5, null, null]],
  ['min', 'Weight', [2, null, null]],
  ['max', 'Weight', [7, null, null]],
  ['range', 'Weight', [5, null, null]],
] as const)('the rollup %s of %s is a number', async (name, target, expected) => {
  const { workspace } = await withRollups({ R: [name, target] });
  const numbers = workspace.pages('Tasks').map(({ page }) => property(page, 'R', 'rollup').rollup);
  expect(numbers).toEqual(expected.map((number) => ({ type: 'number', number, function: name })));
});

test('a rollup of dates is a date, and one that shows the original is a list', async () => {
  const { emulator, workspace, client, both } = await withRollups({
    First: ['earliest_date', 'When'],
    Last: ['latest_date', 'When'],
    Span: ['date_range', 'When'],
    Names: ['show_original', 'Name'],
    Groups: ['count_per_group', 'Type'],
  });
  const page = await client.pages.retrieve({ page_id: both });
  const rollup = (name: string) => property(page, name, 'rollup').rollup;
  const date = (start: string, end: string | null = null) => ({ start, end, time_zone: null });
  expect(rollup('First')).toEqual({ type: 'date', date: date('2026-01-05'), function: 'earliest_date' });
  expect(rollup('Last')).toEqual({ type: 'date', date: date('2026-03-01'), function: 'latest_date' });
  expect(rollup('Span')).toMatchObject({ date: date('2026-01-05', '2026-03-01') });
  expect(rollup('Groups')).toEqual({ type: 'unsupported', unsupported: {}, function: 'count_per_group' });
  expect(rollup('Names')).toMatchObject({
    type: 'array',
    array: [
      { type: 'title', title: [{ plain_text: 'Light' }] },
      { type: 'title', title: [{ plain_text: 'Heavy' }] },
    ],
  });
  const { rollup: names } = property(page, 'Names', 'rollup');
  expect(names.type === 'array' && names.array[0]).not.toHaveProperty('id');
  const list = await client.pages.properties.retrieve({
    page_id: both,
    property_id: property(page, 'Names', 'rollup').id,
    page_size: 1,
  });
  expect(list).toMatchObject({
    object: 'list',
    results: [{ object: 'property_item', id: 'title', type: 'title', title: { plain_text: 'Light' } }],
    has_more: true,
    property_item: { type: 'rollup', rollup: { type: 'incomplete', incomplete: {}, function: 'show_original' } },
  });
  expect(
    await client.pages.properties.retrieve({ page_id: both, property_id: property(page, 'Last', 'rollup').id }),
  ).toMatchObject({ property_item: { rollup: { type: 'date', date: date('2026-03-01') } }, results: [{}, {}] });

  workspace.deleteProperty('Tags', 'When');
  expect(property(await client.pages.retrieve({ page_id: both }), 'Last', 'rollup').rollup).toEqual({
    type: 'unsupported',
    unsupported: {},
    function: 'latest_date',
  });
  expect(await found(emulator, sortedBy('Last'))).toEqual(['Both', 'One', 'None']);
});

test('filters and sorts by rollups', async () => {
  const { emulator } = await withRollups({
    Names: ['show_original', 'Name'],
    Weights: ['show_original', 'Weight'],
    Heaviest: ['max', 'Weight'],
    First: ['earliest_date', 'When'],
  });
  const by = (name: string, rollup: object) => found(emulator, { filter: { property: name, rollup } });
  expect(await by('Names', { any: { rich_text: { equals: 'Light' } } })).toEqual(['Both']);
  expect(await by('Names', { every: { rich_text: { ends_with: 't' } } })).toEqual([]);
  expect(await by('Names', { every: { rich_text: { contains: 'e' } } })).toEqual(['One']);
  expect(await by('Names', { none: { rich_text: { is_empty: true } } })).toEqual(['Both', 'One', 'None']);
  expect(await by('Weights', { any: { number: { less_than_or_equal_to: 2 } } })).toEqual(['Both']);
  expect(await by('Heaviest', { number: { greater_than: 5 } })).toEqual(['Both']);
  expect(await by('Heaviest', { number: { is_empty: true } })).toEqual(['One', 'None']);
  expect(await by('First', { date: { on_or_before: '2026-01-05' } })).toEqual(['Both']);
  expect(await by('Heaviest', { date: { is_empty: true } })).toMatch(/does not match filter date/);
  expect(await by('Names', { any: { number: { equals: 1 } } })).toMatch(/title does not match filter number/);
  expect(await found(emulator, sortedBy('Heaviest'))).toEqual(['Both', 'One', 'None']);
});

test('a rollup needs a relation and a property of the related data source that is no rollup', async () => {
  const { emulator } = await withRollups({ R: ['count', 'Name'] });
  const refusal = async (rollup: object, source = path) =>
    (await raw(emulator, 'PATCH', source, { properties: { New: { rollup } } })).body.message;
  const base = { function: 'count', relation_property_name: 'Tags', rollup_property_name: 'Name' };
  expect(await refusal({ ...base, relation_property_name: 'Title' })).toBe('Title is expected to be relation.');
  expect(await refusal({ ...base, relation_property_name: 'Gone' })).toMatch(/Could not find property/);
  expect(await refusal({ ...base, rollup_property_name: 'Gone' })).toMatch(/Could not find property/);
  expect(await refusal({ ...base, function: 'product' })).toMatch(/function should be/);
  emulator.workspace.addProperty('Tags', 'Back', {
    relation: { data_source_id: sourceOf('tasks'), single_property: {} },
  });
  const back = { ...base, relation_property_name: 'Back', rollup_property_name: 'R' };
  expect(await refusal(back, `/v1/data_sources/${sourceOf('tags')}`)).toMatch(/is a rollup/);
});

test('a formula that is another property is computed, and of others a person sets the result', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  const client = clientOf(emulator);
  workspace.addProperty('Tasks', 'Points', { number: {} });
  await change(emulator, {
    Double: { formula: { expression: 'prop("Points") * 2' } },
    Points2: { formula: { expression: 'prop("Points")' } },
    Due: { formula: { expression: ' prop("Due Date") ' } },
    Made: { formula: { expression: 'now()' } },
  });
  const page_id = workspace.createPage('Tasks', { Title: 'T', Points: 4, 'Due Date': '2026-03-05' });
  const formulas = async () => {
    const page = await client.pages.retrieve({ page_id });
    return ['Double', 'Points2', 'Due', 'Made'].map((name) => property(page, name, 'formula').formula);
  };
  const unsupported = { type: 'unsupported', unsupported: {} };
  const due = { type: 'date', date: { start: '2026-03-05', end: null, time_zone: null } };
  expect(await formulas()).toEqual([unsupported, { type: 'number', number: 4 }, due, unsupported]);
  workspace.editPage(page_id, { Double: 8, Made: { start: '2026-03-01T10:00:00Z' } });
  workspace.renameProperty('Tasks', 'Points', 'Effort');
  expect(await formulas()).toMatchObject([
    { type: 'number', number: 8 },
    { type: 'number', number: 4 },
    due,
    { type: 'date', date: { start: '2026-03-01T10:00:00.000+00:00' } },
  ]);
  const unknown = await raw(emulator, 'PATCH', path, {
    properties: { Bad: { formula: { expression: 'prop("Gone") + 1' } } },
  });
  expect([unknown.status, unknown.body.message]).toEqual([400, 'Type error with formula']);
});

test('only a formula that was made in the app can be filtered by', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  workspace.createPage('Tasks', { Title: 'Apples', 'Due Date': '2026-03-01' });
  const beans = workspace.createPage('Tasks', { Title: 'Beans' });
  await change(emulator, { ByApi: { formula: { expression: 'prop("Title")' } } });
  workspace.addProperty('Tasks', 'Text', { formula: { expression: 'prop("Title")' } });
  workspace.addProperty('Tasks', 'Day', { formula: { expression: 'prop("Due Date")' } });
  workspace.addProperty('Tasks', 'Long', { formula: { expression: 'length(prop("Title")) > 5' } });
  const by = (name: string, formula: object) => found(emulator, { filter: { property: name, formula } });
  const unknown = 'Unable to filter based on a formula of unknown type';
  expect(await by('ByApi', { string: { equals: 'Apples' } })).toBe(unknown);
  expect(await by('Long', { checkbox: { equals: true } })).toBe(unknown);
  workspace.editPage(beans, { Long: true });
  expect(await by('Long', { checkbox: { equals: true } })).toEqual(['Beans']);
  expect(await by('Text', { string: { starts_with: 'App' } })).toEqual(['Apples']);
  expect(await by('Text', { number: { equals: 1 } })).toMatch(/does not match filter number/);
  expect(await by('Day', { date: { is_empty: true } })).toEqual(['Beans']);
  expect(await found(emulator, sortedBy('Text'))).toEqual(['Beans', 'Apples']);
  // The API does not know the type of what it changed.
  await change(emulator, { Text: { formula: { expression: 'prop("Title")' } } });
  expect(await by('Text', { string: { starts_with: 'App' } })).toBe(unknown);
});

test('a place needs its coordinates and cannot be filtered by', async () => {
  const emulator = await start();
  await change(emulator, { Where: { place: {} } });
  const page_id = emulator.workspace.createPage('Tasks', { Title: 'T' });
  const write = (place: unknown) =>
    raw(emulator, 'PATCH', `/v1/pages/${page_id}`, { properties: { Where: { place } } });
  const written = await write({ lat: 52.52, lon: 13.4, name: 'Berlin' });
  expect(property(full(written.body as never), 'Where', 'place').place).toEqual({
    ...{ lat: 52.52, lon: 13.4, name: 'Berlin', address: null },
    ...{ aws_place_id: null, google_place_id: null },
  });
  expect((await write({ lat: 52.52 })).body.message).toMatch(/place\.lon should be defined/);
  expect((await write({ lat: 91, lon: 0 })).status).toBe(400);
  expect((await write(null)).body.properties).toMatchObject({ Where: { place: null } });
  expect(await found(emulator, { filter: { property: 'Where', place: { is_empty: true } } })).toMatch(/not present/);
  expect(await found(emulator, sortedBy('Where'))).toMatch(/Cannot sort by Where/);
});

test('a verification has its writer and expires', async () => {
  const emulator = await start();
  const { workspace } = emulator;
  await change(emulator, { Checked: { verification: {} } });
  const page_id = workspace.createPage('Tasks', { Title: 'T' });
  workspace.createPage('Tasks', { Title: 'U' });
  const write = async (verification: unknown) => {
    const { status, body } = await raw(emulator, 'PATCH', `/v1/pages/${page_id}`, {
      properties: { Checked: { verification } },
    });
    return status === 200 ? property(body as never, 'Checked', 'verification').verification : body.message;
  };
  const date = { start: '2026-03-01T10:00:00+01:00', end: '2026-03-02T10:00:00+01:00' };
  expect(await write({ state: 'verified', date })).toMatchObject({
    state: 'verified',
    verified_by: { object: 'user', id: emulator.botId },
    date: { start: '2026-03-01T09:00:00.000Z', end: '2026-03-02T09:00:00.000Z', time_zone: null },
  });
  const by = (verification: object) => found(emulator, { filter: { property: 'Checked', verification } });
  expect([await by({ status: 'verified' }), await by({ status: 'none' })]).toEqual([['T'], ['U']]);
  workspace.clock.advance(2 * 86_400_000);
  expect([await by({ status: 'expired' }), await by({ does_not_equal: 'expired' })]).toEqual([['T'], ['U']]);
  expect(await write({ state: 'verified', date: { start: '2026-03-01' } })).toMatch(/a date with a time/);
  expect(await write({ state: 'expired' })).toMatch(/state should be/);
  expect(await write({ state: 'unverified' })).toEqual({ state: 'unverified', verified_by: null, date: null });
});
