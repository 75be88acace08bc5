import type { Client, PageObjectResponse, RichTextItemResponse } from '@notionhq/client';
import { describe, expect, test } from 'vitest';
import { notionFields } from '../../src/entities/define.ts';
import { tasks } from '../../src/entities/tasks.ts';
import { entityPages } from '../../src/notion/entity-pages.ts';
import type { NotionApi } from '../../src/notion/notion-api.ts';
import { notionType } from '../../src/notion/properties.ts';
import { item, userMention } from './support.ts';

const pageId = '00000000-0000-4000-8000-000000000001';
const sourceId = '00000000-0000-4000-8000-000000000002';

/** Mentions with a word before each, and a word at the end. */
const mentioning = (count: number): RichTextItemResponse[] => [
  ...Array.from({ length: count }, (_, i) => [item(`w${i} `, { color: 'red' }), userMention('Ann')]).flat(),
  item(' end'),
];

/** Up to and including the 25th mention: what a page object shows of a text. */
function shown(items: readonly RichTextItemResponse[]): RichTextItemResponse[] {
  let mentions = 0;
  const last = items.findIndex((one) => one.type === 'mention' && ++mentions === 25);
  return last < 0 ? [...items] : items.slice(0, last + 1);
}

/** A workspace of one page with this title and these notes. */
function workspace(title: RichTextItemResponse[], notes: RichTextItemResponse[]) {
  const empty = { select: null, date: null, relation: [], title: shown(title), rich_text: shown(notes) };
  const properties = Object.fromEntries(
    notionFields(tasks).map(([name, field]) => {
      const type = notionType(field);
      return [field.property, { id: name, type, [type]: empty[type as keyof typeof empty] }];
    }),
  );
  const page = {
    object: 'page',
    id: pageId,
    url: '',
    parent: { type: 'data_source_id', data_source_id: sourceId, database_id: sourceId },
    properties,
    in_trash: false,
    created_time: '2026-03-01T10:00:00.000Z',
    last_edited_time: '2026-03-01T10:00:00.000Z',
    created_by: { object: 'user', id: 'u' },
    last_edited_by: { object: 'user', id: 'u' },
    // Only what the code reads.
  } as unknown as PageObjectResponse;
  const asked: string[] = [];
  const sent: Record<string, { rich_text?: unknown[] }>[] = [];
  const client = {
    pages: {
      retrieve: async () => page,
      update: async (request: { properties: (typeof sent)[number] }) => {
        sent.push(request.properties);
        return page;
      },
      properties: {
        retrieve: async ({ property_id, start_cursor }: { property_id: string; start_cursor?: string }) => {
          asked.push(property_id);
          const type = property_id === 'title' ? 'title' : 'rich_text';
          const all = type === 'title' ? title : notes;
          const from = Number(start_cursor ?? 0);
          const next_cursor = from + 40 < all.length ? String(from + 40) : null;
          const results = all
            .slice(from, from + 40)
            .map((one) => ({ object: 'property_item', id: 'x', type, [type]: one }));
          return { object: 'list', type: 'property_item', results, next_cursor, has_more: next_cursor !== null };
        },
      },
    },
  };
  const api = {
    elapsedMs: 0,
    call: (_: unknown, work: (client: Client) => unknown) => work(client as unknown as Client),
    together: (_: unknown, work: () => unknown) => work(),
  };
  const known = Object.fromEntries(
    notionFields(tasks).map(([name, field]) => [name, { id: name, name: field.property, type: notionType(field) }]),
  );
  const pages = entityPages({
    // A fake that supports only what this test uses.
    api: api as unknown as NotionApi,
    entity: tasks,
    source: { configuredId: sourceId, id: sourceId, properties: known, syncKey: null },
    timeZone: 'UTC',
    botId: 'b',
  });
  return { pages, asked, sent };
}

const plain = (items: readonly RichTextItemResponse[]): string => items.map((one) => one.plain_text).join('');

describe('a text with many mentions', () => {
  test('is read completely, page by page', async () => {
    const { pages, asked } = workspace(mentioning(26), mentioning(60));
    const record = await pages.read(pageId);
    expect(record?.fields).toMatchObject({ title: plain(mentioning(26)), notes: plain(mentioning(60)) });
    expect(asked).toEqual(['title', 'title', 'notes', 'notes', 'notes', 'notes']);
  });

  test('needs no extra request below Notion’s limit', async () => {
    const { pages, asked } = workspace(mentioning(1), mentioning(24));
    expect((await pages.read(pageId))?.fields.notes).toBe(plain(mentioning(24)));
    expect(asked).toEqual([]);
  });

  test('is written back completely with an edit', async () => {
    const { pages, sent } = workspace([item('Task')], mentioning(40));
    const text = plain(mentioning(40)).replace('end', 'finish');
    const result = await pages.update(pageId, { fields: { notes: text } }, { kind: 'read', isExpected: () => true });
    expect(result.kind).toBe('updated');
    const written = sent[0]?.notes?.rich_text ?? [];
    expect(written.filter((one) => JSON.stringify(one).includes('mention'))).toHaveLength(40);
    expect(written).toHaveLength(81);
  });
});
