/** The first and the last instant of a `Date`, in milliseconds. */
const [FIRST_MS, LAST_MS] = [-8.64e15, 8.64e15];

/** A `timestamptz` in PostgreSQL's JSON. `infinity`, and years that a `Date` cannot parse, become its first or last instant. */
export function textToDate(text: string): Date {
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return new Date(at);
  return new Date(text.startsWith('-') || text.endsWith('BC') ? FIRST_MS : LAST_MS);
}

/** An instant for PostgreSQL: it has no literal for the first and the last instant of a `Date`. */
export function dateToText(date: Date): string {
  if (date.getTime() === LAST_MS) return 'infinity';
  return date.getTime() === FIRST_MS ? '-infinity' : date.toISOString();
}
