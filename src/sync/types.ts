/** The engine's neutral types. Codecs convert Notion's, Google's and SQL's values to these and back. */

/**
 * One field in neutral form. Empty is always null, `[]` for lists, or false.
 *
 * - title, select, url, email, phone number: the text
 * - rich text: canonical Markdown
 * - number: the number
 * - date: `2026-03-01`, or `2026-03-01T14:30:00` (in `LOCKSTEP_TIME_ZONE`) if SQL has a time column
 * - place: `52.5163, 13.3777` or `Brandenburg Gate (52.5163, 13.3777)`
 * - verification: `verified` or `expired`
 * - timestamp: an instant, `2026-03-01T13:30:00.000Z`
 * - date and timestamp with an end column: the end follows after a slash, `2026-03-01/2026-03-04`; of a date, it is a day
 * - checkbox, flag: true or false
 * - multi-select: names of options, without repeats, in order
 * - people: ids of users, without repeats, in order; in SQL also their e-mails
 * - files: addresses of linked files, without repeats, in order
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
