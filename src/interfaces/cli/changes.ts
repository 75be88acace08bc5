import { FinalError } from '../../errors.ts';
import { blame, type FieldBlame } from '../../operations/history/blame.ts';
import {
  findCycle,
  type NetChange,
  readChangesBetween,
  readTitlesOfChanges,
  toNetChanges,
} from '../../operations/history/changes.ts';
import { formatMinute, formatShort, SIDE_NAMES } from '../../operations/history/format-value.ts';
import { planUndo, type UndoPlan, type UndoResult, undoCycle } from '../../operations/history/undo-cycle.ts';
import { openPrompter } from '../../operations/setup/init/prompter.ts';
import { pluralize } from '../../operations/status/format-status.ts';
import type { Value } from '../../sync/types.ts';
import { table } from './table.ts';
import { withDatabase } from './with-database.ts';

export interface ChangesOptions {
  readonly json?: boolean;
}

export interface UndoOptions extends ChangesOptions {
  /** Does not ask. */
  readonly yes?: boolean;
}

const MAX_VALUE_LENGTH = 40;
const MAX_LISTED = 20;

/** Shows what it would revert, asks, and reverts what a cycle wrote, as edits that the next cycle syncs. */
export function undoCommand(cycle: string, { json = false, yes = false }: UndoOptions): Promise<number> {
  return withDatabase(async (database) => {
    const cycleId = await findCycle(database, cycle);
    const plan = await planUndo(database, cycleId);
    const isEmpty = plan.records.every(({ undone }) => undone.length === 0);
    if (!yes && !isEmpty && !(await isConfirmed(cycleId, plan, json))) return console.log('Nothing was undone.');
    const { undoId, records } = await undoCycle(database, cycleId);
    if (json) console.log(JSON.stringify({ cycle_id: cycleId, undo_id: undoId, records }, null, 2));
    else console.log(describeUndo(cycleId, undoId, records));
  });
}

/** @throws FinalError without a terminal */
async function isConfirmed(cycleId: string, plan: UndoPlan, isJson: boolean): Promise<boolean> {
  const ask = openPrompter(isJson, 'stopped: nothing was undone');
  const undone = plan.records.filter((record) => record.undone.length > 0);
  if (!ask.isInteractive) {
    const archived = undone.filter(({ isArchived }) => isArchived).length;
    throw new FinalError(
      'undo_unconfirmed',
      `the undo of ${cycleId} would revert ${pluralize(undone.length, 'record')}, and archive ${archived} of them: nothing was undone. Run it in a terminal to see the plan, or with --yes`,
    );
  }
  console.log(describeUndoPlan(cycleId, plan));
  const unansweredError = 'run lockstep undo with --yes';
  return (await ask.text({ message: 'Undo this? Type yes.', unansweredError })).trim() === 'yes';
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

const toJson = ({ entity, recordId, createdOn, before, after }: NetChange): object => ({
  entity,
  record_id: recordId,
  made: createdOn !== null,
  before,
  after,
});

function describeUndoPlan(cycleId: string, { records, archiveRoom }: UndoPlan): string {
  const undone = records.filter((record) => record.undone.length > 0);
  const waiting = [...archiveRoom].flatMap(([entity, room]) => {
    const archived = undone.filter((record) => record.entity === entity && record.isArchived).length;
    const pages = `The pages of ${archived} records of ${entity} wait for an approval, since only ${room} may be archived now`;
    return archived > room ? [`${pages}: lockstep approvals accept ${entity}`] : [];
  });
  return [
    `Undo of ${cycleId}: ${undone.length} of ${records.length} records.`,
    ...listed(undone, ({ isArchived, undone: fields }) => (isArchived ? 'archive' : fields.join(', '))),
    ...describeSkipped(records),
    ...waiting,
  ].join('\n');
}

function describeUndo(cycleId: string, undoId: string, records: readonly UndoResult[]): string {
  if (records.length === 0) return `Cycle ${cycleId} wrote nothing.`;
  const undone = records.filter((record) => record.undone.length > 0);
  return [
    `${undone.length} of ${records.length} records reverted to their state before cycle ${cycleId}. The next cycle syncs them.`,
    ...describeSkipped(records),
    ...(undone.length > 0 ? [`Take it back with: lockstep undo ${undoId}`] : []),
  ].join('\n');
}

const describeSkipped = (records: readonly UndoResult[]): string[] => {
  const skipped = records.filter((record) => record.skipped !== null);
  return listed(skipped, (record) => String(record.skipped), 'Skipped ');
};

/** One line for each record; what many records of an entity have in common is one line. */
function listed(records: readonly UndoResult[], describe: (record: UndoResult) => string, prefix = ''): string[] {
  const groups = new Map<string, UndoResult[]>();
  for (const record of records) {
    const key = `${record.entity} ${describe(record)}`;
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first && group.length > MAX_LISTED)
      return [`  ${prefix}${first.entity}, ${pluralize(group.length, 'record')}: ${describe(first)}`];
    return group.map((record) => `  ${prefix}${record.entity} ${record.recordId}: ${describe(record)}`);
  });
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
  const { entity, recordId, createdOn, before, after } = change;
  const names = Object.keys(after?.fields ?? {});
  return [
    `${entity} ${recordId}${createdOn ? ', created' : ''}`,
    ...names.map((name) => `  ${name}: ${short(before?.fields[name], titles)} → ${short(after?.fields[name], titles)}`),
    ...(before && after && before.archived !== after.archived ? [`  ${after.archived ? 'archived' : 'restored'}`] : []),
  ].join('\n');
}
