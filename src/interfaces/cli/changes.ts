import { blame, type FieldBlame } from '../../operations/history/blame.ts';
import {
  findCycle,
  type NetChange,
  readChangesBetween,
  readTitlesOfChanges,
  toNetChanges,
} from '../../operations/history/changes.ts';
import { formatMinute, formatShort, SIDE_NAMES } from '../../operations/history/format-value.ts';
import { type UndoResult, undoCycle } from '../../operations/history/undo-cycle.ts';
import type { Value } from '../../sync/types.ts';
import { table } from './table.ts';
import { withDatabase } from './with-database.ts';

export interface ChangesOptions {
  readonly json?: boolean;
}

const MAX_VALUE_LENGTH = 40;

/** Reverts what a cycle wrote, as edits that the next cycle syncs. */
export function undoCommand(cycle: string, { json = false }: ChangesOptions): Promise<number> {
  return withDatabase(async (database) => {
    const cycleId = await findCycle(database, cycle);
    const undoings = await undoCycle(database, cycleId);
    if (json) console.log(JSON.stringify({ cycle_id: cycleId, records: undoings }, null, 2));
    else console.log(describeUndo(cycleId, undoings));
  });
}

/** Prints for each field which side set it, when, and its previous value. */
export function blameCommand(entity: string, id: string, { json = false }: ChangesOptions): Promise<number> {
  return withDatabase(async (database) => {
    const { title, fields, titles } = await blame(database, entity, id);
    if (json) return console.log(JSON.stringify({ entity, title, fields }, null, 2));
    console.log(`${entity} "${title}"\n`);
    console.log(
      table(
        ['FIELD', 'VALUE', 'SET IN', 'TIME', 'PREVIOUS', 'CYCLE'],
        fields.map((field) => blameRow(field, titles)),
      ),
    );
  });
}

/** Prints what was written after the end of one cycle, up to the end of another. */
export function diffCommand(from: string, to: string, { json = false }: ChangesOptions): Promise<number> {
  return withDatabase(async (database) => {
    const [after, until] = [await findCycle(database, from), await findCycle(database, to)];
    const changes = toNetChanges(await readChangesBetween(database, after, until));
    if (json) return console.log(JSON.stringify(changes.map(toJson), null, 2));
    if (changes.length === 0) return console.log('No changes between the two cycles.');
    const titles = await readTitlesOfChanges(database, changes);
    for (const change of changes) console.log(describeChange(change, titles));
  });
}

const toJson = ({ entity, recordId, isNew: made, before, after }: NetChange): object => ({
  entity,
  record_id: recordId,
  made,
  before,
  after,
});

function describeUndo(cycleId: string, undoings: readonly UndoResult[]): string {
  if (undoings.length === 0) return `Cycle ${cycleId} wrote nothing.`;
  const undone = undoings.filter((undoing) => undoing.undone.length > 0);
  const left = undoings.filter(({ skipped }) => skipped !== null);
  return [
    `${undone.length} of ${undoings.length} records reverted to their state before cycle ${cycleId}. The next cycle syncs them.`,
    ...left.map(({ entity, recordId, skipped }) => `  Skipped ${entity} ${recordId}: ${skipped}`),
  ].join('\n');
}

const short = (value: Value | undefined, titles: ReadonlyMap<string, string>): string =>
  formatShort(value, titles, MAX_VALUE_LENGTH);

const blameRow = (
  { field, value, setIn, at, before, cycleId }: FieldBlame,
  titles: ReadonlyMap<string, string>,
): string[] => [
  field,
  short(value, titles),
  setIn ? SIDE_NAMES[setIn] : 'unknown',
  at ? formatMinute(at) : '',
  before === undefined ? '' : short(before, titles),
  cycleId ?? (setIn ? 'not synced yet' : ''),
];

function describeChange(change: NetChange, titles: ReadonlyMap<string, string>): string {
  const { entity, recordId, isNew: made, before, after } = change;
  const names = Object.keys(after?.fields ?? {});
  return [
    `${entity} ${recordId}${made ? ', created' : ''}`,
    ...names.map((name) => `  ${name}: ${short(before?.fields[name], titles)} → ${short(after?.fields[name], titles)}`),
    ...(before && after && before.archived !== after.archived ? [`  ${after.archived ? 'archived' : 'restored'}`] : []),
  ].join('\n');
}
