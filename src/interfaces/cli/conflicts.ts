import type { Database } from '../../database/client.ts';
import { FinalError } from '../../errors.ts';
import {
  type ConflictChoice,
  type DecidableField,
  decideConflict,
  losingSide,
  readChoice,
  valuesOf,
  versionOf,
} from '../../operations/history/choose-versions.ts';
import { compareVersions, losingSideOf, remoteSideOf } from '../../operations/history/compare-versions.ts';
import {
  findConflict,
  listConflicts,
  readLinkTitles,
  resolveConflict,
  type StoredConflict,
  titleOf,
} from '../../operations/history/conflicts.ts';
import { formatMinute, formatValue, SIDE_NAMES, truncate } from '../../operations/history/format-value.ts';
import { openPrompter } from '../../operations/setup/init/prompter.ts';
import { requireNamed } from '../../shared/require-named.ts';
import type { Content } from '../../sync/ports.ts';
import { isSameValue } from '../../sync/reconcile.ts';
import { sideBySide } from './side-by-side.ts';
import { table } from './table.ts';
import { withDatabase } from './with-database.ts';

export interface ListOptions {
  /** Includes resolved conflicts. */
  readonly all?: boolean;
  readonly json?: boolean;
}

export interface RestoreOptions {
  /** Only these fields. */
  readonly field?: readonly string[];
  /** Does not ask. */
  readonly yes?: boolean;
}

const SHORT_ID = 8;
/** `--json` prints whole versions. */
const MAX_SHOWN_LENGTH = 100_000;

/** Prints conflicts, newest first. */
export function listCommand({ all = false, json = false }: ListOptions): Promise<number> {
  return withDatabase(async (database) => {
    const conflicts = await listConflicts(database, json ? { all } : { all, maxText: MAX_SHOWN_LENGTH });
    if (json) console.log(JSON.stringify(conflicts.map(toJson), null, 2));
    else if (conflicts.length === 0) console.log(all ? 'No conflicts.' : 'No open conflicts.');
    else console.log(table(['ID', 'TIME', 'ENTITY', 'TITLE', 'WINNER', 'REASON', ''], conflicts.map(listRow)));
  });
}

/** Prints the versions of a conflict, field by field. */
export function showCommand(id: string): Promise<number> {
  return withDatabase(async (database) => {
    const conflict = await findConflict(database, id, { maxText: MAX_SHOWN_LENGTH });
    const titles = await readLinkTitles(database, conflict);
    console.log(describe(conflict, titles));
  });
}

/** Restores the losing version, or some of its fields, as an edit that the next cycle syncs. */
export function restoreCommand(id: string, { field: fields, yes = false }: RestoreOptions): Promise<number> {
  return withDatabase(async (database) => {
    const conflict = await findConflict(database, id);
    const side = losingSide(conflict);
    const names = fieldsToRestore(conflict, fields);
    const choice = conflict.resolvedAt ? null : await readChoice(database, conflict);
    const edited = editedSince(choice, conflict, names);
    if (!yes && edited.length > 0 && !(await isConfirmed(database, conflict, edited))) {
      return console.log('Nothing was changed.');
    }
    const changed = await decideConflict(database, conflict, {
      keep: fields === undefined ? side : new Map(names.map((name) => [name, side])),
      ...(choice ? { digest: choice.digest } : {}),
    });
    const what = `${conflict.entity} "${titleOf(conflict)}"`;
    console.log(
      changed.length === 0
        ? `${what} already has these values. The conflict is resolved.`
        : `Restored the ${SIDE_NAMES[losingSideOf(conflict)]} version of ${what} (${changed.join(', ')}). The next cycle syncs it to ${SIDE_NAMES[remoteSideOf(conflict)]}.`,
    );
  });
}

/** Resolves a conflict: the record keeps its current version. */
export function keepCommand(id: string): Promise<number> {
  return withDatabase(async (database) => {
    const conflict = await findConflict(database, id, { maxText: MAX_SHOWN_LENGTH });
    const isResolved = await resolveConflict(database, conflict);
    const what = `${conflict.entity} "${titleOf(conflict)}"`;
    console.log(isResolved ? `${what} keeps its current version.` : 'The conflict was resolved before.');
  });
}

/** The names of the losing version's fields, or those of them that were asked for. @throws FinalError `unknown_field` */
function fieldsToRestore(conflict: StoredConflict, asked: readonly string[] | undefined): readonly string[] {
  const names = Object.keys(valuesOf(versionOf(conflict, losingSide(conflict)))).map((name) => ({ name }));
  return asked?.map((name) => requireNamed('field', name, names).name) ?? names.map(({ name }) => name);
}

/** The fields whose later edit would be overwritten. */
const editedSince = (
  choice: ConflictChoice | null,
  conflict: StoredConflict,
  names: readonly string[],
): readonly DecidableField[] =>
  (choice?.fields ?? []).filter((field) => {
    const losing = field[losingSide(conflict)];
    return (
      field.isChangedSince && names.includes(field.name) && losing !== undefined && !isSameValue(losing, field.current)
    );
  });

/** Asks before it overwrites what was edited after the conflict. @throws FinalError without a terminal */
async function isConfirmed(
  database: Database,
  conflict: StoredConflict,
  edited: readonly DecidableField[],
): Promise<boolean> {
  const what = `${conflict.entity} "${titleOf(conflict)}" was edited after the conflict`;
  const ask = openPrompter(false, 'stopped: nothing was changed');
  if (!ask.isInteractive) {
    const names = edited.map(({ name }) => name).join(', ');
    throw new FinalError(
      'changed_since',
      `${what} (${names}): nothing was changed. Restore single fields with --field NAME, or all with --yes`,
    );
  }
  const titles = await readLinkTitles(database, conflict);
  console.log(`${what}:`);
  for (const field of edited) {
    const [now, losing] = [field.current, field[losingSide(conflict)]];
    console.log(`  ${field.name}: ${formatValue(now, titles)} would become ${formatValue(losing, titles)}`);
  }
  const unansweredError = 'run lockstep conflicts restore with --yes';
  return ask.confirm({ message: 'Overwrite these edits?', fallback: false, unansweredError });
}

const listRow = (conflict: StoredConflict): string[] => [
  conflict.id.slice(0, SHORT_ID),
  formatMinute(conflict.detectedAt),
  conflict.entity,
  truncate(titleOf(conflict), 40),
  SIDE_NAMES[conflict.winner],
  conflict.reason,
  conflict.resolvedAt ? `resolved ${formatMinute(conflict.resolvedAt)}` : '',
];

/** Named like the columns of the table. */
const toJson = (conflict: StoredConflict): object => ({
  id: conflict.id,
  entity: conflict.entity,
  record_id: conflict.recordId,
  notion_page_id: conflict.pageId,
  cycle_id: conflict.cycleId,
  detected_at: conflict.detectedAt,
  winner: conflict.winner,
  reason: conflict.reason,
  base_version: versionToJson(conflict.base),
  notion_version: versionToJson(conflict.remote),
  sql_version: versionToJson(conflict.sql),
  resolved_at: conflict.resolvedAt,
});

const versionToJson = (version: Content | null): object | null =>
  version && { ...version.fields, archived: version.archived };

function describe(conflict: StoredConflict, titles: ReadonlyMap<string, string>): string {
  const { id, entity, recordId, pageId, winner, reason, detectedAt, resolvedAt } = conflict;
  const mark = (side: 'sql' | 'remote'): string => ((winner === 'sql') === (side === 'sql') ? '(won)' : '(lost)');
  const rows = compareVersions(conflict).map(({ name, base, remote, sql }) => [
    name,
    ...[base, remote, sql].map((value) => formatValue(value, titles)),
  ]);
  const short = id.slice(0, SHORT_ID);
  const remoteSide = SIDE_NAMES[remoteSideOf(conflict)];
  return [
    `${entity} "${titleOf(conflict)}", ${formatMinute(detectedAt)}: ${SIDE_NAMES[winner]} won, because ${reason}.`,
    `row ${recordId}, ${remoteSide} ${pageId ?? 'unknown'}, conflict ${id}`,
    '',
    sideBySide(['FIELD', 'PREVIOUS', `${remoteSide} ${mark('remote')}`, `SQL ${mark('sql')}`], rows),
    '',
    resolvedAt
      ? `Resolved ${formatMinute(resolvedAt)}.`
      : `To restore the ${SIDE_NAMES[losingSideOf(conflict)]} version: lockstep conflicts restore ${short}`,
  ].join('\n');
}
