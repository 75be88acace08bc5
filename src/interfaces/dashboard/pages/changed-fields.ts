import { formatShort } from '../../../operations/history/format-value.ts';
import type { Content } from '../../../sync/ports.ts';
import { type Html, html } from '../html.ts';

const MAX_VALUE_LENGTH = 200;

interface Changed {
  /** Null: the record was created. */
  readonly before: Content | null;
  readonly after: Content | null;
}

/** One field of a change, before and after it. */
export interface ChangedField {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** The fields that a change has changed, `archived` included, with short values. */
export function changedFieldsOf({ before, after }: Changed, titles: ReadonlyMap<string, string>): ChangedField[] {
  const short = (content: Content | null, name: string): string =>
    formatShort(name === 'archived' ? content?.archived : content?.fields[name], titles, MAX_VALUE_LENGTH);
  const names = Object.keys(after?.fields ?? {});
  const isArchivalChanged = before && after && before.archived !== after.archived;
  return [...names, ...(isArchivalChanged ? ['archived'] : [])].map((name) => ({
    ...{ name, before: short(before, name), after: short(after, name) },
  }));
}

/** `title: Buy milk → Buy oat milk`, field by field. */
export const changedFieldsList = (changed: Changed, titles: ReadonlyMap<string, string>): Html => {
  if (changed.before === null) return html`Created`;
  return html`${changedFieldsOf(changed, titles).map(
    ({ name, before, after }) => html`<div><strong>${name}</strong>: ${before} → ${after}</div>`,
  )}`;
};
