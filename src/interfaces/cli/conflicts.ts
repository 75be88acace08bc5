import { compareVersions, losingSideOf, remoteSideOf } from '../../operations/history/compare-versions.ts';
import {
  findConflict,
  type KeptConflict,
  linkTitles,
  listConflicts,
  titleOf,
} from '../../operations/history/conflicts.ts';
import { clipped, minuteOf, NAMES, textOf } from '../../operations/history/format-value.ts';
import { restoreConflict } from '../../operations/history/restore-conflict.ts';
import type { Content } from '../../sync/ports.ts';
import { sideBySide } from './side-by-side.ts';
import { table } from './table.ts';
import { withDatabase } from './with-database.ts';

export interface ListOptions {
  /** Also the settled ones. */
  readonly all?: boolean;
  readonly json?: boolean;
}

const SHORT_ID = 8;

/** What lost when both sides had changed a row, newest first. */
export function listCommand({ all = false, json = false }: ListOptions): Promise<number> {
  return withDatabase(async (database) => {
    const conflicts = await listConflicts(database, { all });
    if (json) console.log(JSON.stringify(conflicts.map(toJson), null, 2));
    else if (conflicts.length === 0) console.log(all ? 'There has been no conflict.' : 'No conflict waits.');
    else console.log(table(['ID', 'WHEN', 'ENTITY', 'TITLE', 'WINNER', 'REASON', ''], conflicts.map(listRow)));
  });
}

/** The versions of one conflict, field by field. */
export function showCommand(id: string): Promise<number> {
  return withDatabase(async (database) => {
    const conflict = await findConflict(database, id);
    const titles = await linkTitles(database, conflict);
    console.log(describe(conflict, titles));
  });
}

/** Puts the losing version back, as an edit that the next cycle takes to the other side. */
export function restoreCommand(id: string): Promise<number> {
  return withDatabase(async (database) => {
    const conflict = await findConflict(database, id);
    const changed = await restoreConflict(database, conflict);
    const what = `${conflict.entity} «${titleOf(conflict)}»`;
    console.log(
      changed.length === 0
        ? `${what} says that already: the conflict is settled.`
        : `${what} is the ${NAMES[losingSideOf(conflict)]} version again (${changed.join(', ')}); the next cycle takes it to ${NAMES[remoteSideOf(conflict)]}.`,
    );
  });
}

const listRow = (conflict: KeptConflict): string[] => [
  conflict.id.slice(0, SHORT_ID),
  minuteOf(conflict.detectedAt),
  conflict.entity,
  clipped(titleOf(conflict), 40),
  NAMES[conflict.winner],
  conflict.reason,
  conflict.resolvedAt ? `settled ${minuteOf(conflict.resolvedAt)}` : '',
];

/** By the names of the table's columns. */
const toJson = (conflict: KeptConflict): object => ({
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

function describe(conflict: KeptConflict, titles: ReadonlyMap<string, string>): string {
  const { id, entity, recordId, pageId, winner, reason, detectedAt, resolvedAt } = conflict;
  const mark = (side: 'sql' | 'remote'): string => ((winner === 'sql') === (side === 'sql') ? '(won)' : '(lost)');
  const rows = compareVersions(conflict).map(({ name, base, remote, sql }) => [
    name,
    ...[base, remote, sql].map((value) => textOf(value, titles)),
  ]);
  const short = id.slice(0, SHORT_ID);
  const remoteSide = NAMES[remoteSideOf(conflict)];
  return [
    `${entity} «${titleOf(conflict)}», ${minuteOf(detectedAt)}: ${NAMES[winner]} won, since ${reason}.`,
    `row ${recordId}, ${remoteSide} ${pageId ?? 'unknown'}, conflict ${id}`,
    '',
    sideBySide(['FIELD', 'BEFORE', `${remoteSide} ${mark('remote')}`, `SQL ${mark('sql')}`], rows),
    '',
    resolvedAt
      ? `Settled ${minuteOf(resolvedAt)}.`
      : `To put the ${NAMES[losingSideOf(conflict)]} version back: lockstep conflicts restore ${short}`,
  ].join('\n');
}
