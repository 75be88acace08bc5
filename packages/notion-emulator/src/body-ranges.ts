import { invalid } from './api-error.ts';
import { type BodyWriter, readBody, replaceContent } from './bodies.ts';
import type { Page } from './model.ts';

/** A part of a body's Markdown, by how it begins and ends. */
export interface TextRange {
  readonly from: string;
  readonly to: string;
}

export type Insertion = 'start' | 'end' | { readonly after: TextRange };

/** Adds Markdown to a body. @throws NotionError 400 when the text to insert after is missing or ambiguous */
export function insertContent(writer: BodyWriter, page: Page, markdown: string, place: Insertion): void {
  const current = markdownOf(writer, page);
  const index = place === 'start' ? 0 : place === 'end' ? current.length : rangeIn(current, place.after).end;
  const parts = [current.slice(0, index), markdown, current.slice(index)];
  replaceContent(writer, page, parts.filter((part) => part !== '').join('\n'), false);
}

/** Replaces a part of a body. @throws NotionError 400 when it is missing or ambiguous */
export function replaceRange(
  writer: BodyWriter,
  page: Page,
  range: TextRange,
  markdown: string,
  allowDeleting: boolean,
): void {
  const current = markdownOf(writer, page);
  const { start, end } = rangeIn(current, range);
  replaceContent(writer, page, current.slice(0, start) + markdown + current.slice(end), allowDeleting);
}

const markdownOf = ({ store, settings, viewer }: BodyWriter, page: Page): string =>
  readBody(store, settings, page.id, viewer).markdown;

function rangeIn(markdown: string, { from, to }: TextRange): { start: number; end: number } {
  const start = markdown.indexOf(from);
  if (start < 0) throw invalid(`Could not find the text in the page's content: ${JSON.stringify(from)}`);
  if (markdown.includes(from, start + 1))
    throw invalid(`The text is in the page's content twice: ${JSON.stringify(from)}`);
  const last = markdown.indexOf(to, start);
  if (last < 0) throw invalid(`Could not find the text in the page's content: ${JSON.stringify(to)}`);
  return { start, end: last + to.length };
}
