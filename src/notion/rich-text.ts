import type { RichTextItemResponse, UpdatePageParameters } from '@notionhq/client';
import { RecordError } from '../errors.ts';
import { toStorableText } from '../shared/storable-text.ts';
import type { Json } from '../sync/types.ts';
import { writableDate } from './notion-dates.ts';

type PropertyWrite = NonNullable<UpdatePageParameters['properties']>[string];
export type RichTextWrite = Extract<PropertyWrite, { rich_text: unknown }>['rich_text'][number];

/** A text with one style, as far as Markdown can express it. */
export type Span = {
  readonly text: string;
  readonly bold: boolean;
  readonly italic: boolean;
  readonly strikethrough: boolean;
  readonly code: boolean;
  readonly link: string | null;
};

/** One item of a Notion rich text with everything it contains; plain JSON, so that it can be stored as residue. */
export type Piece = Span & {
  readonly underline: boolean;
  readonly color: string;
  /** A mention or equation in the form to write. Its text is only how it is displayed. */
  readonly embed: { readonly mention: Json } | { readonly equation: { readonly expression: string } } | null;
};

const noStyle: Span = { text: '', bold: false, italic: false, strikethrough: false, code: false, link: null };

const MAX_ITEM_LENGTH = 2000;
const MAX_EQUATION_LENGTH = 1000;
const MAX_ITEMS = 100;

/** A span without formatting. */
export const plainSpan = (text: string): Span => ({ ...noStyle, text });

/** Whether two spans differ only in their text. */
export const hasSameStyle = (a: Span, b: Span): boolean =>
  a.bold === b.bold &&
  a.italic === b.italic &&
  a.strikethrough === b.strikethrough &&
  a.code === b.code &&
  a.link === b.link;

export const textOf = (spans: readonly Span[]): string => spans.map((span) => span.text).join('');

/** Joins adjacent spans with the same style, as Notion does, and drops empty ones. */
export const mergeSpans = (spans: readonly Span[]): Span[] =>
  merge(
    spans.filter((span) => span.text !== ''),
    hasSameStyle,
  );

export const mergePieces = (pieces: readonly Piece[]): Piece[] =>
  merge(
    pieces.filter((piece) => piece.text !== '' || piece.embed),
    (a, b) => hasSameStyle(a, b) && a.underline === b.underline && a.color === b.color && !a.embed && !b.embed,
  );

export function sameSpans(a: readonly Span[], b: readonly Span[]): boolean {
  const left = mergeSpans(a);
  const right = mergeSpans(b);
  return (
    left.length === right.length &&
    left.every((span, i) => {
      const other = right[i];
      return other !== undefined && span.text === other.text && hasSameStyle(span, other);
    })
  );
}

/** Whether Markdown can express the whole piece. */
export const isExpressible = (piece: Piece): boolean =>
  !piece.underline && piece.color === 'default' && piece.embed === null;

/** Whether the piece is text without formatting. */
export const isPlain = (piece: Piece): boolean => isExpressible(piece) && hasSameStyle(piece, noStyle);

export const spanToPiece = (span: Span): Piece => ({ ...span, underline: false, color: 'default', embed: null });

/** Reads a rich text array from Notion. */
export const readRichText = (items: readonly RichTextItemResponse[]): Piece[] =>
  // A surrogate pair may be split across items.
  mergePieces(
    mergePieces(items.map(readItem)).map((piece) => ({
      ...piece,
      text: toStorableText(piece.text),
      link: piece.link === null ? null : toStorableText(piece.link),
    })),
  );

/**
 * Writes pieces in the form that Notion accepts: at most 2000 characters per item and
 * 100 items, see https://developers.notion.com/reference/request-limits.
 */
export function writeRichText(property: string, pieces: readonly Piece[]): RichTextWrite[] {
  const merged = mergePieces(pieces);
  for (const { link, embed } of merged) {
    const equation = embed && 'equation' in embed ? embed.equation.expression : '';
    if (link !== null && link.length > MAX_ITEM_LENGTH) throw tooLong(property, 'a link', link.length, MAX_ITEM_LENGTH);
    if (equation.length > MAX_EQUATION_LENGTH)
      throw tooLong(property, 'an equation', equation.length, MAX_EQUATION_LENGTH);
  }
  const items = merged.flatMap((piece) =>
    piece.embed ? [writeItem(piece)] : chunk(piece.text).map((text) => writeItem({ ...piece, text })),
  );
  if (items.length > MAX_ITEMS) {
    const length = textOf(merged).length;
    throw new RecordError(
      'text_too_long',
      `"${property}" has ${length} characters in ${merged.length} differently formatted pieces, which makes ${items.length} items; ` +
        `Notion accepts at most ${MAX_ITEMS} of ${MAX_ITEM_LENGTH} characters. Shorten it.`,
    );
  }
  return items;
}

const tooLong = (property: string, what: string, length: number, max: number): RecordError =>
  new RecordError(
    'text_too_long',
    `"${property}" has ${what} of ${length} characters; Notion accepts at most ${max}. Shorten it.`,
  );

function merge<S extends Span>(spans: readonly S[], canMerge: (a: S, b: S) => boolean): S[] {
  const merged: S[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last && canMerge(last, span)) merged[merged.length - 1] = { ...last, text: last.text + span.text };
    else merged.push(span);
  }
  return merged;
}

function readItem(item: RichTextItemResponse): Piece {
  const { bold, italic, strikethrough, code, underline, color } = item.annotations;
  const link = item.type === 'text' ? (item.text.link?.url ?? null) : null;
  const piece = { text: item.plain_text, bold, italic, strikethrough, code, underline, color, link, embed: null };
  if (item.type === 'equation') return { ...piece, embed: { equation: { expression: item.equation.expression } } };
  if (item.type === 'mention') {
    const mention = isOfBlock(item) ? undefined : writableMention(item.mention);
    if (mention !== undefined) return { ...piece, embed: { mention } };
    const href = linkOf(item);
    return { ...piece, text: piece.text || (href ?? ''), link: href };
  }
  return piece;
}

type MentionItem = Extract<RichTextItemResponse, { type: 'mention' }>;

/** Notion shows a mention of a block as one of its page, and the API would write it as one: only a link keeps the block. */
const isOfBlock = ({ mention, href }: MentionItem): boolean => mention.type === 'page' && href?.includes('#') === true;

function linkOf({ href, mention }: MentionItem): string | null {
  if (mention.type === 'link_mention') return href ?? mention.link_mention.href;
  return mention.type === 'link_preview' ? (href ?? mention.link_preview.url) : href;
}

/**
 * The identity of what is mentioned, without names, avatars and signed URLs, which
 * change independently. A link mention or preview, and the mention of a block, cannot be written
 * through the API (https://developers.notion.com/reference/rich-text); they become links.
 */
function writableMention(mention: MentionItem['mention']): Json | undefined {
  switch (mention.type) {
    case 'user':
      return { user: { id: mention.user.id } };
    case 'date': {
      const { start, end, time_zone } = mention.date;
      return { date: { ...writableDate({ start, end, time_zone }) } };
    }
    case 'page':
      return { page: { id: mention.page.id } };
    case 'database':
      return { database: { id: mention.database.id } };
    case 'template_mention':
      return { template_mention: { ...mention.template_mention } };
    case 'custom_emoji':
      return { custom_emoji: { id: mention.custom_emoji.id } };
    default:
      return undefined;
  }
}

function writeItem(piece: Piece): RichTextWrite {
  const { text, bold, italic, strikethrough, code, underline, color, link, embed } = piece;
  const annotations = { bold, italic, strikethrough, underline, code, color };
  const content = embed ?? { text: { content: text, link: link === null ? null : { url: link } } };
  // The piece's colour and mention were read from Notion, in the form that it accepts.
  return { ...content, ...(isPlain(piece) ? {} : { annotations }) } as RichTextWrite;
}

/** Splits between characters, never within a surrogate pair. */
function chunk(text: string): string[] {
  const chunks: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = start + MAX_ITEM_LENGTH;
    const splitsPair = /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(end - 1, end + 1));
    const stop = splitsPair ? end - 1 : end;
    chunks.push(text.slice(start, stop));
    start = stop;
  }
  return chunks;
}
