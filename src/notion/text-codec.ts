import type { RichTextItemResponse } from '@notionhq/client';
import type { RichTextField, TitleField } from '../entities/define.ts';
import { RecordError } from '../errors.ts';
import type { Json, Value } from '../sync/types.ts';
import { Effort, parseMarkdown, toMarkdown } from './markdown.ts';
import { replaceText } from './replace-text.ts';
import {
  isExpressible,
  isPlain,
  mergePieces,
  type Piece,
  plainSpan,
  type RichTextWrite,
  readRichText,
  type Span,
  sameSpans,
  spanToPiece,
  textOf,
  writeRichText,
} from './rich-text.ts';

type TextualField = TitleField | RichTextField;

export interface Decoded {
  readonly value: Value;
  /** Present only if writing the value back would lose something that Notion holds. */
  readonly residue?: Json;
}

/** Reads a text. It must be complete: a page object contains only its first 25 mentions. */
export function decodeText(field: TextualField, items: readonly RichTextItemResponse[]): Decoded {
  const pieces = readRichText(items);
  const value = writeSpans(field, pieces);
  const isComplete =
    field.kind === 'title'
      ? pieces.every(isPlain)
      : pieces.every(isExpressible) && sameSpans(parseMarkdown(value), pieces);
  const decoded = { value: value || null };
  return isComplete ? decoded : { ...decoded, residue: pieces };
}

/**
 * Replaces the text that Notion holds. Read back, it gives the same value.
 * @throws RecordError when the text is too long for Notion
 */
export function encodeText(field: TextualField, value: string | null, residue: Json | undefined): RichTextWrite[] {
  const spans = readSpans(field, value ?? '');
  // A text's residue was written by `decodeText`.
  const pieces = residue as unknown as readonly Piece[] | undefined;
  if (pieces === undefined) return writeRichText(field.property, spans.map(spanToPiece));
  const before = writeSpans(field, pieces);
  if (before === (value ?? '')) return writeRichText(field.property, pieces);
  const effort = new Effort();
  const edited = replaceText(pieces, readSpans(field, before), spans, (some) => writeSpans(field, some, effort));
  return writeRichText(field.property, edited);
}

/** Markdown as it is read back from Notion. A text that Notion refuses is returned unchanged. */
export function canonicalMarkdown(markdown: string): string | null {
  const spans = parseMarkdown(markdown);
  try {
    writeRichText('', spans.map(spanToPiece));
  } catch (error) {
    if (error instanceof RecordError) return markdown;
    throw error;
  }
  return toMarkdown(spans) || null;
}

const writeSpans = (field: TextualField, spans: readonly Span[], effort?: Effort): string =>
  field.kind === 'title' ? textOf(spans) : toMarkdown(spans, effort);

const readSpans = (field: TextualField, value: string): Span[] =>
  field.kind === 'title' ? mergePieces([spanToPiece(plainSpan(value))]) : parseMarkdown(value);
