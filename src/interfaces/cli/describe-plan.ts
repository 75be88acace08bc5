import type { Database } from '../../database/client.ts';
import { readTitlesOfChanges } from '../../operations/history/changes.ts';
import { formatShort, SIDE_NAMES } from '../../operations/history/format-value.ts';
import type { PlannedChange } from '../../runtime/planned-change.ts';
import type { Value } from '../../sync/types.ts';

const MAX_VALUE_LENGTH = 60;

/** Lists changes by record and field: `~` is an update, `+` a new record. @throws as `databaseError` */
export async function describePlan(database: Database, changes: readonly PlannedChange[]): Promise<readonly string[]> {
  if (changes.length === 0) return ['No changes.'];
  const titles = await readTitlesOfChanges(database, changes);
  const count = (of: PlannedChange['side']): number => changes.filter(({ side }) => side === of).length;
  const google = count('google') > 0 ? `, ${count('google')} in Google` : '';
  return [
    ...changes.flatMap((change) => describeOne(change, titles)),
    `${changes.length} changes: ${count('sql')} in SQL, ${count('notion')} in Notion${google}. Nothing was written.`,
  ];
}

function describeOne(change: PlannedChange, titles: ReadonlyMap<string, string>): readonly string[] {
  const { entity, side, title, before, after } = change;
  const say = (value: Value | undefined): string => formatShort(value, titles, MAX_VALUE_LENGTH);
  const fields = Object.entries(after.fields).filter(([, value]) => before || !isEmpty(value));
  return [
    `${before ? '~' : '+'} ${entity} "${title}" in ${SIDE_NAMES[side]}`,
    ...fields.map(([name, value]) =>
      before ? `    ${name}: ${say(before.fields[name])} → ${say(value)}` : `    ${name}: ${say(value)}`,
    ),
    ...(before && before.archived !== after.archived ? [`    ${after.archived ? 'archived' : 'restored'}`] : []),
  ];
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);
