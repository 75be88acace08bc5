import { truncate } from '../../operations/history/format-value.ts';

const MAX_LENGTH = 200;

/** Line breaks, control characters, and characters that change the reading direction. */
const UNPRINTED = /[\s\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;
const MARKDOWN_CHARACTERS = /[\\`*_{}[\]~|#$]/g;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A text as one line of Markdown, with special characters escaped. */
export function toMarkdownLine(text: string): string {
  const words = truncate(text.replace(UNPRINTED, ' ').trim(), MAX_LENGTH);
  if (words === '') return '(untitled)';
  return words
    .replace(MARKDOWN_CHARACTERS, (letter) => `\\${letter}`)
    .replace(/[&<>]/g, (letter) => ENTITIES[letter] ?? letter);
}
