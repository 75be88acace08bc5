import type { RichTextItemResponse } from '@notionhq/client';
import { invalid, notFound } from './api-error.ts';
import { acceptDate, dateInWords } from './date-values.ts';
import { choice, flag, type JsonObject, list, object, refuse, text, uuid } from './expect.ts';
import { toUuid, undashed } from './ids.ts';
import type { Annotations, Database, Mention, Page, Run, User } from './model.ts';
import { API_COLORS, type MentionResponse } from './notion-types.ts';

export const PLAIN: Annotations = {
  bold: false,
  italic: false,
  strikethrough: false,
  underline: false,
  code: false,
  color: 'default',
};

const ANNOTATIONS = ['bold', 'italic', 'strikethrough', 'underline', 'code', 'color'] as const;

/** What a text can mention. */
export interface Mentionables {
  user(id: string): User | undefined;
  page(id: string): Page | undefined;
  database(id: string): Database | undefined;
}

export interface TextRules {
  /** Whether the limits of API requests apply; they do not for people. */
  readonly limited: boolean;
  readonly mentionables: Mentionables;
}

const plainRun = (content: string): Run => ({ type: 'text', text: content, link: null, annotations: PLAIN });

export const runsOf = (content: string): Run[] => (content === '' ? [] : [plainRun(content)]);

/** Reads a rich text array of a request. */
export function acceptRichText(value: unknown, path: string, rules: TextRules): Run[] {
  const items = list(value, path, rules.limited ? 100 : undefined);
  return mergeRuns(items.map((item, index) => acceptItem(item, `${path}[${index}]`, rules)));
}

function acceptItem(value: unknown, path: string, rules: TextRules): Run {
  const item = object(value, path, ['type', 'text', 'mention', 'equation', 'annotations', 'plain_text', 'href']);
  const kinds = (['text', 'mention', 'equation'] as const).filter((kind) => item[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) throw refuse(`${path}.text`, 'defined', item.text);
  if (item.type !== undefined) choice(item.type, `${path}.type`, [kind]);
  const annotations = acceptAnnotations(item.annotations, `${path}.annotations`);
  const limits = (max: number) => (rules.limited ? { max } : {});
  switch (kind) {
    case 'text': {
      const body = object(item.text, `${path}.text`, ['content', 'link']);
      const content = text(body.content, `${path}.text.content`, limits(2000));
      return { type: 'text', text: content, link: acceptLink(body.link, `${path}.text.link`), annotations };
    }
    case 'equation': {
      const body = object(item.equation, `${path}.equation`, ['expression']);
      const expression = text(body.expression, `${path}.equation.expression`, limits(1000));
      return { type: 'equation', expression, annotations };
    }
    case 'mention': {
      const mention = rules.limited ? undefined : mentionByPerson(item);
      const accepted = mention ?? acceptMention(item.mention, `${path}.mention`, rules);
      return { type: 'mention', mention: accepted, annotations };
    }
  }
}

/**
 * Mentions that only a person can make, in the form of answers. When the API writes a mention of a block, it
 * becomes one of the page; it refuses a link mention. @see https://developers.notion.com/reference/rich-text#mention
 */
function mentionByPerson({ mention, href, plain_text }: JsonObject): Mention | undefined {
  const { page, link_mention } = object(mention, 'mention');
  if (link_mention !== undefined) {
    const link = object(link_mention, 'mention.link_mention');
    const title = typeof link.title === 'string' ? link.title : null;
    return { type: 'link_mention', href: text(link.href, 'mention.link_mention.href'), title };
  }
  const block = typeof href === 'string' ? toUuid(href.split('#')[1] ?? '') : null;
  if (page === undefined || block === null) return undefined;
  const id = uuid(object(page, 'mention.page').id, 'mention.page.id');
  return { type: 'page', id, block: { id: block, text: text(plain_text, 'plain_text') } };
}

function acceptLink(value: unknown, path: string): string | null {
  if (value === undefined || value === null) return null;
  const url = text(object(value, path, ['url', 'type']).url, `${path}.url`, { min: 1, max: 2000 });
  if (!url.startsWith('/') && !URL.canParse(url)) throw invalid('Invalid URL for link.');
  return url;
}

function acceptAnnotations(value: unknown, path: string): Annotations {
  if (value === undefined) return PLAIN;
  const body = object(value, path, ANNOTATIONS);
  const marked = (name: string): boolean => body[name] !== undefined && flag(body[name], `${path}.${name}`);
  return {
    bold: marked('bold'),
    italic: marked('italic'),
    strikethrough: marked('strikethrough'),
    underline: marked('underline'),
    code: marked('code'),
    color: body.color === undefined ? 'default' : choice(body.color, `${path}.color`, API_COLORS),
  };
}

function acceptMention(value: unknown, path: string, rules: TextRules): Mention {
  const kinds = ['user', 'page', 'database', 'date', 'template_mention', 'custom_emoji'] as const;
  const body = object(value, path, ['type', ...kinds]);
  const kind = kinds.find((candidate) => body[candidate] !== undefined);
  if (kind === undefined) throw refuse(`${path}.user`, 'defined', undefined);
  const idOf = (keys: readonly string[]): { id: string; fields: JsonObject } => {
    const fields = object(body[kind], `${path}.${kind}`, keys);
    return { id: uuid(fields.id, `${path}.${kind}.id`), fields };
  };
  switch (kind) {
    case 'user': {
      const { id } = idOf(['id', 'object']);
      if (!rules.mentionables.user(id)) throw notFound('user', id);
      return { type: 'user', id };
    }
    case 'page': {
      const { id } = idOf(['id']);
      if (!rules.mentionables.page(id)) throw notFound('page', id);
      return { type: 'page', id };
    }
    case 'database': {
      const { id } = idOf(['id']);
      if (!rules.mentionables.database(id)) throw notFound('database', id);
      return { type: 'database', id };
    }
    case 'date':
      return { type: 'date', date: acceptDate(body.date, `${path}.date`) };
    case 'template_mention': {
      const template = object(body.template_mention, `${path}.template_mention`, [
        'type',
        'template_mention_date',
        'template_mention_user',
      ]);
      if (template.template_mention_user !== undefined) return { type: 'template_user' };
      const at = `${path}.template_mention.template_mention_date`;
      return { type: 'template_date', value: choice(template.template_mention_date, at, ['today', 'now']) };
    }
    case 'custom_emoji': {
      const { id, fields } = idOf(['id', 'name', 'url']);
      return { type: 'custom_emoji', id, name: typeof fields.name === 'string' ? fields.name : 'emoji' };
    }
  }
}

/** Joins adjacent runs with equal formatting and drops empty ones, as Notion does. */
export function mergeRuns(runs: readonly Run[]): Run[] {
  const merged: Run[] = [];
  for (const run of runs) {
    if (run.type === 'text' && run.text === '') continue;
    const last = merged.at(-1);
    if (last?.type === 'text' && run.type === 'text' && lookAlike(last, run)) {
      merged[merged.length - 1] = { ...last, text: last.text + run.text };
    } else merged.push(run);
  }
  return merged;
}

type TextRun = Extract<Run, { type: 'text' }>;

const lookAlike = (a: TextRun, b: TextRun): boolean =>
  a.link === b.link && ANNOTATIONS.every((name) => a.annotations[name] === b.annotations[name]);

/** The text up to a number of mentioned pages, for page objects. The property item endpoint returns all. */
export function firstMentions(runs: readonly Run[], most: number): readonly Run[] {
  const mentions = runs.flatMap((run, index) => (isPageMention(run) ? [index] : []));
  const last = mentions[most - 1];
  return last === undefined || mentions.length === most ? runs : runs.slice(0, last + 1);
}

const isPageMention = (run: Run): boolean =>
  run.type === 'mention' && (run.mention.type === 'page' || run.mention.type === 'database');

export const toPlainText = (runs: readonly Run[], mentionables: Mentionables): string =>
  runs.map((run) => plainTextOf(run, mentionables)).join('');

export const renderRichText = (runs: readonly Run[], mentionables: Mentionables): RichTextItemResponse[] =>
  runs.map((run) => renderRun(run, mentionables));

function renderRun(run: Run, mentionables: Mentionables): RichTextItemResponse {
  const common = { annotations: { ...run.annotations }, plain_text: plainTextOf(run, mentionables) };
  switch (run.type) {
    case 'text':
      return {
        type: 'text',
        text: { content: run.text, link: run.link === null ? null : { url: run.link } },
        ...common,
        href: run.link,
      };
    case 'equation':
      return { type: 'equation', equation: { expression: run.expression }, ...common, href: null };
    case 'mention':
      return { type: 'mention', mention: renderMention(run.mention), ...common, href: hrefOf(run.mention) };
  }
}

function hrefOf(mention: Mention): string | null {
  switch (mention.type) {
    case 'page': {
      const anchor = mention.block ? `#${undashed(mention.block.id)}` : '';
      return `https://www.notion.so/${undashed(mention.id)}${anchor}`;
    }
    case 'database':
      return `https://www.notion.so/${undashed(mention.id)}`;
    case 'link_mention':
      return mention.href;
    default:
      return null;
  }
}

function renderMention(mention: Mention): MentionResponse {
  switch (mention.type) {
    case 'user':
      return { type: 'user', user: { object: 'user', id: mention.id } };
    case 'page':
      return { type: 'page', page: { id: mention.id } };
    case 'database':
      return { type: 'database', database: { id: mention.id } };
    case 'link_mention': {
      const { href, title } = mention;
      return { type: 'link_mention', link_mention: { href, ...(title === null ? {} : { title }) } };
    }
    case 'date':
      return { type: 'date', date: { ...mention.date } };
    case 'template_date':
      return {
        type: 'template_mention',
        template_mention: { type: 'template_mention_date', template_mention_date: mention.value },
      };
    case 'template_user':
      return {
        type: 'template_mention',
        template_mention: { type: 'template_mention_user', template_mention_user: 'me' },
      };
    case 'custom_emoji': {
      const url = `https://www.notion.so/emoji/${undashed(mention.id)}.png`;
      return { type: 'custom_emoji', custom_emoji: { id: mention.id, name: mention.name, url } };
    }
  }
}

/** The text without its mentions, because titles can mention each other in a cycle. */
export const ownWords = (runs: readonly Run[]): string =>
  runs.map((run) => (run.type === 'text' ? run.text : '')).join('');

function plainTextOf(run: Run, mentionables: Mentionables): string {
  if (run.type === 'text') return run.text;
  if (run.type === 'equation') return run.expression;
  const { mention } = run;
  switch (mention.type) {
    case 'user':
      return `@${mentionables.user(mention.id)?.name ?? 'Unknown'}`;
    case 'link_mention':
      return mention.href;
    case 'page': {
      if (mention.block) return mention.block.text;
      const title = mentionables.page(mention.id)?.values.title;
      return (title?.type === 'title' && ownWords(title.runs)) || 'Untitled';
    }
    case 'database':
      return ownWords(mentionables.database(mention.id)?.title ?? []) || 'Untitled';
    case 'date':
      return dateInWords(mention.date);
    case 'template_date':
      return mention.value === 'today' ? '@Today' : '@Now';
    case 'template_user':
      return '@Me';
    case 'custom_emoji':
      return `:${mention.name}:`;
  }
}

/** The words of a rendered rich text. */
export const renderedText = (items: readonly { readonly plain_text: string }[]): string =>
  items.map(({ plain_text: words }) => words).join('');
