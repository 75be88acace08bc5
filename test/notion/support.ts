import type { RichTextItemResponse } from '@notionhq/client';
import type { NotionField } from '../../src/entities/define.ts';
import {
  canonicalValue,
  decodeProperty,
  encodeProperty,
  type PageProperty,
  type PropertyWrite,
} from '../../src/notion/properties.ts';
import type { RichTextWrite } from '../../src/notion/rich-text.ts';
import type { Json, Value } from '../../src/sync/types.ts';

export const zone = 'America/Los_Angeles';

const defaults = {
  bold: false,
  italic: false,
  strikethrough: false,
  underline: false,
  code: false,
  color: 'default',
} as const;

export type Look = Partial<RichTextItemResponse['annotations']> & { link?: string };

/** A text item as Notion returns it. */
export function item(content: string, { link, ...annotations }: Look = {}): RichTextItemResponse {
  return {
    type: 'text',
    text: { content, link: link === undefined ? null : { url: link } },
    plain_text: content,
    href: link ?? null,
    annotations: { ...defaults, ...annotations },
  };
}

export type Mention = Extract<RichTextItemResponse, { type: 'mention' }>['mention'];

/** How Notion displays a mention; users and pages have names by id. */
export function mentionText(mention: Mention): string {
  switch (mention.type) {
    case 'user':
      return names[mention.user.id] ?? '@Ann';
    case 'page':
      return names[mention.page.id] ?? 'Untitled';
    case 'database':
      return names[mention.database.id] ?? '';
    case 'date':
      return `@${new Date(mention.date.start).toISOString()}`;
    case 'template_mention':
      return JSON.stringify(mention.template_mention);
    case 'custom_emoji':
      return ':ok:';
    case 'link_preview':
      return mention.link_preview.url;
    case 'link_mention':
      return mention.link_mention.title ?? '';
  }
}

const names: Readonly<Record<string, string>> = {
  '00000000-0000-4000-8000-000000000001': '@Ann Smith',
  '00000000-0000-4000-8000-000000000002': '@x*y*_z_',
  '00000000-0000-4000-8000-000000000003': '@安',
  '00000000-0000-4000-8000-000000000004': '2 * 3\nlines ',
  '00000000-0000-4000-8000-000000000005': '**',
};

/** A mention as Notion returns it. */
export const mentionItem = (mention: Mention, look: Omit<Look, 'link'> = {}): RichTextItemResponse => ({
  type: 'mention',
  mention,
  plain_text: mentionText(mention),
  href: null,
  annotations: { ...defaults, ...look },
});

export const userMention = (name: string): RichTextItemResponse => ({
  ...mentionItem({ type: 'user', user: { object: 'user', id: '6794760a-1f15-45cd-9c65-0dfe42f5135a' } }),
  plain_text: `@${name}`,
});

export function equation(expression: string): RichTextItemResponse {
  return { type: 'equation', equation: { expression }, plain_text: expression, href: null, annotations: defaults };
}

/** A property as in a page. */
export const held = (value: object): PageProperty => ({ id: 'x', ...value }) as PageProperty;

/** What Notion returns after a write, as documented: with defaults, and equal neighbours merged. */
export function echo(write: PropertyWrite): PageProperty {
  if ('title' in write) return held({ type: 'title', title: echoText(write.title) });
  if ('rich_text' in write) return held({ type: 'rich_text', rich_text: echoText(write.rich_text) });
  if ('date' in write && write.date) {
    const { start, end, time_zone } = write.date;
    return held({
      type: 'date',
      date: { start: toMinute(start), end: toMinute(end ?? null), time_zone: time_zone ?? null },
    });
  }
  if ('verification' in write)
    return held({ type: 'verification', verification: { date: null, ...write.verification } });
  const type = Object.keys(write)[0] ?? '';
  return held({ type, ...write });
}

/** As recorded: Notion drops the seconds of a time. */
const toMinute = (time: string | null): string | null => time?.replace(/(T\d\d:\d\d):[\d.]+/, '$1:00.000') ?? null;

export function echoText(items: readonly RichTextWrite[]): RichTextItemResponse[] {
  return mergeItems(
    items.map((written) => {
      const annotations = { ...defaults, ...written.annotations };
      if ('mention' in written) return { ...mentionItem(asAnswered(written.mention)), annotations };
      if ('equation' in written) return { ...equation(written.equation.expression), annotations };
      const link = written.text.link?.url;
      return item(written.text.content, { ...annotations, ...(link === undefined ? {} : { link }) });
    }),
  );
}

/** A mention as Notion returns it, with all details of its target. */
function asAnswered(written: Extract<RichTextWrite, { mention: unknown }>['mention']): Mention {
  const [type = 'user'] = Object.keys(written).filter((key) => key !== 'type');
  const emoji = { name: 'ok', url: 'https://x.org/ok.png' };
  // The keys of the two shapes are the same; the answer fills in what the request may leave out.
  if (type === 'user') return { type, user: { object: 'user', ...('user' in written ? written.user : {}) } } as Mention;
  if (type === 'custom_emoji' && 'custom_emoji' in written)
    return { type, custom_emoji: { ...emoji, ...written.custom_emoji } } as Mention;
  return { type, ...written } as Mention;
}

export function mergeItems(items: readonly RichTextItemResponse[]): RichTextItemResponse[] {
  const merged: RichTextItemResponse[] = [];
  const look = (one: RichTextItemResponse) =>
    JSON.stringify([one.type, one.href, Object.entries(one.annotations).sort()]);
  for (const one of items) {
    const last = merged.at(-1);
    if (one.type === 'text' && one.plain_text === '') continue;
    if (last?.type === 'text' && one.type === 'text' && look(last) === look(one)) {
      const content = last.plain_text + one.plain_text;
      merged[merged.length - 1] = { ...last, plain_text: content, text: { ...last.text, content } };
    } else merged.push(one);
  }
  return merged;
}

/** What Notion returns after a value was written. */
export function written(field: NotionField, value: Value, residue?: Json, inZone = zone): Value {
  return decodeProperty(field, echo(encodeProperty(field, value, residue, inZone)), inZone).value;
}

export const canonical = (field: NotionField, value: Value): Value => canonicalValue(field, value, zone);
