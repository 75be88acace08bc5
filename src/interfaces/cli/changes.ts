import { blame, type FieldBlame } from '../../operations/history/blame.ts';
import {
  changesBetween,
  findCycle,
  type NetChange,
  netChanges,
  titlesOfChanges,
} from '../../operations/history/changes.ts';
import { minuteOf, NAMES, shortly } from '../../operations/history/format-value.ts';
import { type Undoing, undoCycle } from '../../operations/history/undo-cycle.ts';
import type { Value } from '../../sync/types.ts';
import { table } from './table.ts';
import { withDatabase } from './with-database.ts';

export interface ChangesOptions {
  readonly json?: boolean;
}

const LONGEST_VALUE = 40;

/** Takes back what a cycle wrote, as edits that the next cycle takes to the other side. */
export function undoCommand(cycle: string, { json = false }: ChangesOptions): Promise<number> {
  return withDatabase(async (database) => {
    const cycleId = await findCycle(database, cycle);
    const undoings = await undoCycle(database, cycleId);
    if (json) console.log(JSON.stringify({ cycle_id: cycleId, records: undoings }, null, 2));
    else console.log(describeUndo(cycleId, undoings));
  });
}

/** For each field who set it when, and what it was before. */
export function blameCommand(entity: string, id: string, { json = false }: ChangesOptions): Promise<number> {
  return withDatabase(async (database) => {
    const { title, fields, titles } = await blame(database, entity, id);
    if (json) return console.log(JSON.stringify({ entity, title, fields }, null, 2));
    console.log(`${entity} «${title}»\n`);
    console.log(
      table(
        ['FIELD', 'NOW', 'SET IN', 'WHEN', 'BEFORE', 'CYCLE'],
        fields.map((field) => blameRow(field, titles)),
      ),
    );
  });
}

/** What was written after one cycle, until another had ended. */
export function diffCommand(from: string, to: string, { json = false }: ChangesOptions): Promise<number> {
  return withDatabase(async (database) => {
    const [after, until] = [await findCycle(database, from), await findCycle(database, to)];
    const changes = netChanges(await changesBetween(database, after, until));
    if (json) return console.log(JSON.stringify(changes.map(toJson), null, 2));
    if (changes.length === 0) return console.log('Nothing was written between the two.');
    const titles = await titlesOfChanges(database, changes);
    for (const change of changes) console.log(describeChange(change, titles));
  });
}

const toJson = ({ entity, recordId, made, before, after }: NetChange): object => ({
  entity,
  record_id: recordId,
  made,
  before,
  after,
});

function describeUndo(cycleId: string, undoings: readonly Undoing[]): string {
  if (undoings.length === 0) return `Cycle ${cycleId} wrote nothing.`;
  const undone = undoings.filter((undoing) => undoing.undone.length > 0);
  const left = undoings.filter(({ leftOut }) => leftOut !== null);
  return [
    `${undone.length} of ${undoings.length} records are as they were before cycle ${cycleId}; the next cycle takes that to the other side.`,
    ...left.map(({ entity, recordId, leftOut }) => `  left as it is: ${entity} ${recordId}: ${leftOut}`),
  ].join('\n');
}

const short = (value: Value | undefined, titles: ReadonlyMap<string, string>): string =>
  shortly(value, titles, LONGEST_VALUE);

const blameRow = (
  { field, value, setIn, at, before, cycleId }: FieldBlame,
  titles: ReadonlyMap<string, string>,
): string[] => [
  field,
  short(value, titles),
  setIn ? NAMES[setIn] : 'not known',
  at ? minuteOf(at) : '',
  before === undefined ? '' : short(before, titles),
  cycleId ?? (setIn ? 'not sent yet' : ''),
];

function describeChange(change: NetChange, titles: ReadonlyMap<string, string>): string {
  const { entity, recordId, made, before, after } = change;
  const names = Object.keys(after?.fields ?? {});
  return [
    `${entity} ${recordId}${made ? ', made' : ''}`,
    ...names.map((name) => `  ${name}: ${short(before?.fields[name], titles)} → ${short(after?.fields[name], titles)}`),
    ...(before && after && before.archived !== after.archived ? [`  ${after.archived ? 'archived' : 'restored'}`] : []),
  ].join('\n');
}
