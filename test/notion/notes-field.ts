import type { RichTextItemResponse } from '@notionhq/client';
import { richText } from '../../src/entities/define.ts';
import { decodeProperty, encodeProperty } from '../../src/notion/properties.ts';
import { echo, held, zone } from './support.ts';

/** A rich text field, with reading and writing through Notion's answers. */
export const field = richText('Notes');

/** In milliseconds; a test that exceeds it has found quadratic run time. */
export const slow = 600_000;

export const read = (...items: RichTextItemResponse[]) =>
  decodeProperty(field, held({ type: 'rich_text', rich_text: items }), zone);

export const write = (value: string, residue = read().residue): RichTextItemResponse[] => {
  const property = echo(encodeProperty(field, value, residue, zone));
  return property.type === 'rich_text' ? property.rich_text : [];
};
