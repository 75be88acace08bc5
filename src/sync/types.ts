/**
 * The engine's words. Neither Notion's shapes nor SQL's appear here: codecs
 * turn both into these, and back.
 */

/**
 * One field in neutral form; empty is always null (or `[]` for relations).
 *
 * - title, select, url, email, phone number: the text
 * - rich text: canonical Markdown
 * - number: the number
 * - date: `2026-03-01`, or `2026-03-01T14:30:00` (local to `LOCKSTEP_TIME_ZONE`) where SQL has a time column
 * - timestamp: an instant, `2026-03-01T13:30:00.000Z`
 * - flag: true or false
 * - relation to one: a page id (`sql:…` while the other row has no page), or null
 * - relation to many: page ids, sorted
 */
export type Value = string | number | boolean | null | readonly string[];

/** By field name, as in the entity's file. */
export type Fields = Readonly<Record<string, Value>>;

/** A JSON value, such as Notion's raw form of one property. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One record's content as one side has it. */
export interface Snapshot {
  readonly fields: Fields;
  readonly archived: boolean;
  /** When that side last edited it; null: never by hand (a remote-first row). */
  readonly editedAt: Date | null;
}
