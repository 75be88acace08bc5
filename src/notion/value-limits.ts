import { RecordError } from '../errors.ts';

/** A limit of one request. @see https://developers.notion.com/reference/request-limits */
const MAX_ITEMS = 100;

/** @throws RecordError `text_too_long` */
export function checkLength(property: string, value: string | null, max: number): string | null {
  if (value !== null && value.length > max) {
    throw new RecordError(
      'text_too_long',
      `"${property}" has ${value.length} characters; Notion accepts at most ${max}. Shorten it.`,
    );
  }
  return value;
}

/** @throws RecordError `too_many_people`, for example */
export function checkCount(property: string, items: readonly unknown[], what: 'files' | 'options' | 'people'): void {
  if (items.length <= MAX_ITEMS) return;
  throw new RecordError(
    `too_many_${what}`,
    `"${property}" has ${items.length} ${what}; Notion accepts at most ${MAX_ITEMS} in one write. Remove some.`,
  );
}
