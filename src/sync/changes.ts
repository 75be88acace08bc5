import type { Change, Content, Side } from './ports.ts';
import { changedFields } from './reconcile.ts';
import type { Fields } from './types.ts';

/** A record was created on one side. */
export const creationOn = (side: Side): Change => ({ side, before: null, after: null });

/** What differs between two versions on one side; empty if they are equal. */
export function changesBetween(side: Side, before: Content, after: Content): readonly Change[] {
  const names = changedFields(before.fields, after.fields);
  if (names.length === 0 && before.archived === after.archived) return [];
  const only = ({ fields, archived }: Content): Content => ({ fields: pickOrNull(fields, names), archived });
  return [{ side, before: only(before), after: only(after) }];
}

const pickOrNull = (from: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, from[name] ?? null]));
