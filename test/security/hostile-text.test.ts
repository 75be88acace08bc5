import { describe, expect, test } from 'vitest';
import { field, hostileTexts, MAX_LENGTH, richTextOf } from '../../bench/hostile-texts.ts';
import { RecordError } from '../../src/errors.ts';
import { parseMarkdown, toMarkdown } from '../../src/notion/markdown.ts';
import { plainSpan, textOf } from '../../src/notion/rich-text.ts';
import { decodeText, encodeText } from '../../src/notion/text-codec.ts';

/** How long they take is measured by `npm run bench -- --only hostile`; a text that takes minutes fails here, too. */
describe('a hostile text of up to 200,000 characters', () => {
  test.each(Object.entries(hostileTexts))('from SQL to Notion and back: %s', (_, text) => {
    const markdown = toMarkdown([plainSpan(text)]);
    expect(textOf(parseMarkdown(markdown))).toBe(text);
    // Canonical: written again, it stays as it is.
    expect(toMarkdown(parseMarkdown(markdown))).toBe(markdown);
  });

  test.each(Object.entries(hostileTexts))('from Notion to SQL, with formatting, and an edit of it: %s', (_, text) => {
    const { value, residue } = decodeText(field, richTextOf(text));
    const edited = `${value}!`.slice(0, MAX_LENGTH);
    try {
      const sent = encodeText(field, edited, residue).map((item) => ('text' in item ? item.text.content : ''));
      expect(sent.join('')).toBe(textOf(parseMarkdown(edited)));
    } catch (error) {
      expect(error).toBeInstanceOf(RecordError);
    }
  });
});
