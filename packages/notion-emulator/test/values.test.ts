import { describe, expect, test } from 'vitest';
import { clientOf, property, raw, sourceOf, start, titled } from './support.ts';

const title = titled('Ada');

async function refusal(properties: unknown, entity = 'people', more: object = {}): Promise<unknown> {
  const emulator = await start();
  const body = { parent: { data_source_id: sourceOf(entity) }, properties, ...more };
  const answer = await raw(emulator, 'POST', '/v1/pages', body);
  expect(emulator.workspace.pages(sourceOf(entity))).toEqual([]);
  return answer.status === 400 ? answer.body.message : answer.status;
}

describe('a write is refused', () => {
  const long = 'x'.repeat(2001);
  const cases: readonly [string, unknown, string | RegExp, string?][] = [
    ['an unknown property', { Nickname: title }, 'Nickname is not a property that exists.'],
    ['a value of another type', { Name: { rich_text: [] } }, 'Name is expected to be title.'],
    [
      'text that is too long',
      { Name: titled(long) },
      'body failed validation: body.properties.Name.title[0].text.content.length should be ≤ `2000`, instead was `2001`.',
    ],
    [
      'too many items',
      { Notes: { rich_text: Array.from({ length: 101 }, () => ({ text: { content: 'x' } })) } },
      /rich_text\.length should be ≤ `100`/,
    ],
    ['an email that is too long', { Email: { email: 'x'.repeat(201) } }, /email\.length should be ≤ `200`/],
    ['an empty phone number', { Phone: { phone_number: '' } }, /phone_number\.length should be ≥ `1`/],
    [
      'a comma in an option',
      { Relationship: { select: { name: 'Aunt, Uncle' } } },
      'Invalid select option, commas not allowed: Aunt, Uncle',
    ],
    [
      'a link that is not a URL',
      { Notes: { rich_text: [{ text: { content: 'x', link: { url: 'nowhere' } } }] } },
      'Invalid URL for link.',
    ],
    [
      'an unknown key in a value',
      { Email: { email: 'a@b', verified: true } },
      'body failed validation: body.properties.Email.verified should be not present, instead was `true`.',
    ],
    ['text instead of a number', { Rating: { number: '5' } }, /number should be a number, instead was `"5"`/, 'games'],
    [
      'a URL that is too long',
      { 'Cover URL': { url: `https://x.example/${long}` } },
      /url\.length should be ≤ `2000`/,
      'games',
    ],
    [
      'an impossible date',
      { 'Due Date': { date: { start: '2026-02-30' } } },
      /start should be a valid ISO 8601 date string/,
      'tasks',
    ],
    [
      'an end before the start',
      { 'Due Date': { date: { start: '2026-03-02', end: '2026-03-01' } } },
      /end date must be after/,
      'tasks',
    ],
    [
      'a date and a time in one range',
      { 'Due Date': { date: { start: '2026-03-02', end: '2026-03-03T10:00:00Z' } } },
      /must both be/,
      'tasks',
    ],
    [
      'an unknown time zone',
      { 'Due Date': { date: { start: '2026-03-02T10:00:00', time_zone: 'Mars/Olympus' } } },
      /valid IANA time zone/,
      'tasks',
    ],
    ['a relation id that is not a UUID', { Tags: { relation: [{ id: 'x' }] } }, /should be a valid uuid/, 'tasks'],
    [
      'too many related pages',
      { Tags: { relation: Array.from({ length: 101 }, () => ({ id: sourceOf('tags') })) } },
      /relation\.length should be ≤ `100`/,
      'tasks',
    ],
  ];
  test.each(cases)('%s', async (_, properties, message, entity) => {
    const said = await refusal(properties, entity);
    if (typeof message === 'string') expect(said).toBe(message);
    else expect(said).toMatch(message);
  });

  test('an unknown key in the body', async () => {
    expect(await refusal({ Name: title }, 'people', { colour: 'red' })).toBe(
      'body failed validation: body.colour should be not present, instead was `"red"`.',
    );
  });

  test('a number that does not fit a double', async () => {
    const emulator = await start();
    const body = `{"parent":{"data_source_id":"${sourceOf('games')}"},"properties":{"Rating":{"number":1e400}}}`;
    expect((await raw(emulator, 'POST', '/v1/pages', body)).status).toBe(400);
  });

  test('a payload over 500 KB', async () => {
    const emulator = await start();
    const answer = await raw(emulator, 'POST', '/v1/search', { query: 'x'.repeat(500_001) });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_error' } });
  });

  test('a relation to a page of another data source, or of no data source', async () => {
    const emulator = await start();
    const project = emulator.workspace.createPage('Projects', { Name: 'P' });
    const create = (id: string) =>
      clientOf(emulator).pages.create({
        parent: { data_source_id: sourceOf('tasks') },
        properties: { Tags: { relation: [{ id }] } },
      });
    await expect(create(project)).rejects.toThrow(/not in the related data source/);
    await expect(create('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({ code: 'object_not_found' });
  });

  test('a computed property', async () => {
    const emulator = await start();
    emulator.workspace.addProperty('Tags', 'Made', { created_time: {} });
    await expect(
      raw(emulator, 'POST', '/v1/pages', {
        parent: { data_source_id: sourceOf('tags') },
        properties: { Made: { created_time: '2026-01-01' } },
      }),
    ).resolves.toMatchObject({ status: 400 });
  });
});

describe('written values', () => {
  test('an unknown select option is created, also if it differs from a known one only in case', async () => {
    const emulator = await start();
    const client = clientOf(emulator);
    const create = (name: string) =>
      client.pages.create({ parent: { data_source_id: sourceOf('tags') }, properties: { Type: { select: { name } } } });
    expect(property(await create('Archive'), 'Type', 'select').select?.name).toBe('Archive');
    expect(property(await create('area'), 'Type', 'select').select?.name).toBe('area');
    const { Type } = emulator.workspace.dataSource('Tags').properties;
    expect(Type?.type === 'select' && Type.select.options.map(({ name }) => name)).toEqual([
      'Area',
      'Resource',
      'Archive',
      'area',
    ]);
  });

  test('a page write never creates a status option, and a cleared status is the first option', async () => {
    const emulator = await start();
    const client = clientOf(emulator);
    emulator.workspace.addProperty('Tags', 'Stage', { status: {} });
    const page_id = emulator.workspace.createPage('Tags', { Stage: 'Done' });
    const set = (status: { name: string } | null) =>
      client.pages.update({ page_id, properties: { Stage: { status } } });
    await expect(set({ name: 'Nearly' })).rejects.toThrow(/does not exist/);
    expect(property(await set(null), 'Stage', 'status').status?.name).toBe('Not started');
  });

  test('adjacent runs with equal formatting are merged, and empty ones are dropped', async () => {
    const emulator = await start();
    const bold = { annotations: { bold: true } };
    const page = await clientOf(emulator).pages.create({
      parent: { data_source_id: sourceOf('people') },
      properties: {
        Name: {
          title: [{ text: { content: 'Ada' } }, { text: { content: '' }, ...bold }, { text: { content: ' L.' } }],
        },
        Notes: {
          rich_text: [
            { text: { content: 'a' }, ...bold },
            { text: { content: 'b' }, ...bold },
            { text: { content: 'c', link: { url: 'https://example.com/' } } },
          ],
        },
      },
    });
    expect(property(page, 'Name', 'title').title.map((item) => item.plain_text)).toEqual(['Ada L.']);
    expect(property(page, 'Notes', 'rich_text').rich_text).toMatchObject([
      { plain_text: 'ab', href: null, annotations: { bold: true, italic: false, color: 'default' } },
      { plain_text: 'c', href: 'https://example.com/', text: { link: { url: 'https://example.com/' } } },
    ]);
  });

  test('mentions and equations are returned unchanged', async () => {
    const emulator = await start();
    const tag = emulator.workspace.createPage('Tags', { Name: 'Garden' });
    const page = await clientOf(emulator).pages.create({
      parent: { data_source_id: sourceOf('tags') },
      properties: {
        Description: {
          rich_text: [
            { mention: { page: { id: tag } } },
            { mention: { user: { id: emulator.botId } } },
            { mention: { date: { start: '2026-03-01', end: '2026-03-04' } } },
            { equation: { expression: 'e=mc^2' } },
          ],
        },
      },
    });
    expect(property(page, 'Description', 'rich_text').rich_text).toMatchObject([
      {
        type: 'mention',
        plain_text: 'Garden',
        mention: { type: 'page', page: { id: tag } },
        href: `https://www.notion.so/${tag.replaceAll('-', '')}`,
      },
      { type: 'mention', plain_text: '@Integration', mention: { type: 'user', user: { object: 'user' } } },
      { type: 'mention', plain_text: '2026-03-01 → 2026-03-04', mention: { date: { time_zone: null } } },
      { type: 'equation', plain_text: 'e=mc^2', href: null },
    ]);
  });

  test.each([
    [{ start: '2026-03-01' }, { start: '2026-03-01', end: null, time_zone: null }],
    [{ start: '2026-03-01T10:00:00Z' }, { start: '2026-03-01T10:00:00.000+00:00', end: null, time_zone: null }],
    [
      { start: '2026-07-01T10:00', end: '2026-07-01T11:30', time_zone: 'Europe/Madrid' },
      { start: '2026-07-01T10:00:00.000+02:00', end: '2026-07-01T11:30:00.000+02:00', time_zone: null },
    ],
    [
      { start: '2026-03-01T10:00:00', time_zone: 'America/New_York' },
      { start: '2026-03-01T10:00:00.000-05:00', end: null, time_zone: null },
    ],
  ])('a date %j', async (date, expected) => {
    const emulator = await start();
    const page = await clientOf(emulator).pages.create({
      parent: { data_source_id: sourceOf('tasks') },
      properties: { 'Due Date': { date } },
    });
    expect(property(page, 'Due Date', 'date').date).toEqual(expected);
  });

  test('a property is found by its encoded id, its raw id and its name', async () => {
    const emulator = await start();
    const client = clientOf(emulator);
    const page_id = emulator.workspace.createPage('Goals', { Name: 'G' });
    const id = emulator.workspace.dataSource('Goals').properties['Target Date']?.id ?? '';
    expect(id).toMatch(/%/);
    for (const key of [id, decodeURIComponent(id), 'Target Date']) {
      const start = `2026-03-0${(key.length % 9) + 1}`;
      const page = await client.pages.update({ page_id, properties: { [key]: { date: { start } } } });
      expect(property(page, 'Target Date', 'date').date?.start).toBe(start);
    }
    const item = await client.pages.properties.retrieve({ page_id, property_id: id });
    expect(item).toMatchObject({ object: 'property_item', id, type: 'date' });
  });
});
