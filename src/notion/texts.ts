import type { RichTextItemResponse } from '@notionhq/client';
import type { RichTextField, TitleField } from '../entities/define.ts';
import { RecordError } from '../errors.ts';
import type { Json, Value } from '../sync/types.ts';
import { parseMarkdown, toMarkdown } from './markdown.ts';
import { replaceText } from './replace-text.ts';
import {
  asPiece,
  isPlain,
  isSayable,
  mergePieces,
  type Piece,
  plainSpan,
  type RichTextWrite,
  readRichText,
  type Span,
  sameSpans,
  textOf,
  writeRichText,
} from './rich-text.ts';

type TextualField = TitleField | RichTextField;

export interface Decoded {
  readonly value: Value;
  /** There only if the value alone, written back, would not say all that Notion holds. */
  readonly residue?: Json;
}

/** Reads a text; it must be complete: Notion's pages hold only its first 25 mentions. */
export function decodeText(field: TextualField, items: readonly RichTextItemResponse[]): Decoded {
  const pieces = readRichText(items);
  const value = say(field, pieces);
  const isComplete =
    field.kind === 'title' ? pieces.every(isPlain) : pieces.every(isSayable) && sameSpans(parseMarkdown(value), pieces);
  const decoded = { value: value || null };
  return isComplete ? decoded : { ...decoded, residue: pieces };
}

/**
 * Writes a text in the place of what Notion holds. What Notion then says reads as the text does.
 * @throws RecordError where Notion takes no text that long
 */
export function encodeText(field: TextualField, value: string | null, residue: Json | undefined): RichTextWrite[] {
  const spans = spansIn(field, value ?? '');
  // A text's residue is what `decodeText` made it.
  const pieces = residue as unknown as readonly Piece[] | undefined;
  if (pieces === undefined) return writeRichText(field.property, spans.map(asPiece));
  const before = say(field, pieces);
  if (before === (value ?? '')) return writeRichText(field.property, pieces);
  const edited = replaceText(pieces, spansIn(field, before), spans, (some) => say(field, some));
  return writeRichText(field.property, edited);
}

/** Markdown as it is read back from Notion; what Notion does not take stays as it is. */
export function canonicalMarkdown(markdown: string): string | null {
  const spans = parseMarkdown(markdown);
  try {
    writeRichText('', spans.map(asPiece));
  } catch (error) {
    if (error instanceof RecordError) return markdown;
    throw error;
  }
  return toMarkdown(spans) || null;
}

const say = (field: TextualField, spans: readonly Span[]): string =>
  field.kind === 'title' ? textOf(spans) : toMarkdown(spans);

const spansIn = (field: TextualField, value: string): Span[] =>
  field.kind === 'title' ? mergePieces([asPiece(plainSpan(value))]) : parseMarkdown(value);
