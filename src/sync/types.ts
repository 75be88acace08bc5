/** The engine's neutral types. Codecs convert Notion's, Google's and SQL's values to these and back. */

/**
 * One field in neutral form. Empty is always null, or `[]` for relations.
 *
 * - title, select, url, email, phone number: the text
 * - rich text: canonical Markdown
 * - number: the number
 * - date: `2026-03-01`, or `2026-03-01T14:30:00` (in `LOCKSTEP_TIME_ZONE`) if SQL has a time column
 * - timestamp: an instant, `2026-03-01T13:30:00.000Z`
 * - flag: true or false
 * - relation to one: a remote id (a `TemporaryId` while the other row has no page), or null
 * - relation to many: remote ids, sorted
 */
export type Value = string | number | boolean | null | readonly string[];

/** By field name, as in the entity's file. */
export type Fields = Readonly<Record<string, Value>>;

/** A JSON value, such as Notion's raw form of one property. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One record's content on one side. */
export interface Snapshot {
  readonly fields: Fields;
  readonly archived: boolean;
  /** When it was last edited there; null: never (a remote-first row). */
  readonly editedAt: Date | null;
}
