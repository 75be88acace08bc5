import { readConfig } from '../config.ts';
import { type Database, openDatabase } from '../database/client.ts';
import {
  entitiesOf,
  findConflict,
  type KeptConflict,
  linkTitles,
  listConflicts,
  pageIdsIn,
  titleOf,
} from '../database/conflicts.ts';
import { restoreConflict } from '../database/restore-conflict.ts';
import type { Content } from '../sync/ports.ts';
import { sameValue } from '../sync/reconcile.ts';
import type { Value } from '../sync/types.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';
import { sideBySide } from './side-by-side.ts';
import { table } from './table.ts';

export interface ListOptions {
  /** Also the settled ones. */
  readonly all?: boolean;
  readonly json?: boolean;
}

const SHORT_ID = 8;
const NAMES = { notion: 'Notion', google: 'Google', sql: 'SQL' } as const;

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
        : `${what} is the ${loserOf(conflict)} version again (${changed.join(', ')}); the next cycle takes it to ${remoteOf(conflict)}.`,
    );
  });
}

async function withDatabase(work: (database: Database) => Promise<void>): Promise<number> {
  const database = openDatabase(databaseUrl(readConfig()), 1);
  try {
    await work(database);
    return exitCodes.ok;
  } finally {
    await database.$disconnect();
  }
}

const remoteOf = (conflict: KeptConflict): string =>
  entitiesOf(conflict).some(({ remote }) => remote) ? NAMES.google : NAMES.notion;

const loserOf = (conflict: KeptConflict): string => (conflict.winner === 'sql' ? remoteOf(conflict) : NAMES.sql);

const minuteOf = (time: Date): string => time.toISOString().slice(0, 16).replace('T', ' ');

const clipped = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

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
  const { id, entity, recordId, pageId, winner, reason, detectedAt, resolvedAt, base, remote, sql } = conflict;
  const versions = [base, remote, sql];
  const mark = (side: 'sql' | 'remote'): string => ((winner === 'sql') === (side === 'sql') ? '(won)' : '(lost)');
  const rows = fieldsOf(versions)
    .map((name) => ({ name, values: versions.map((version) => fieldOf(version, name)) }))
    .filter(({ values: [was, theirs, ours] }) => !sameValue(theirs, ours) || (base && !sameValue(was, ours)))
    .map(({ name, values }) => [name, ...values.map((value) => textOf(value, titles))]);
  const short = id.slice(0, SHORT_ID);
  return [
    `${entity} «${titleOf(conflict)}», ${minuteOf(detectedAt)}: ${NAMES[winner]} won, since ${reason}.`,
    `row ${recordId}, ${remoteOf(conflict)} ${pageId ?? 'unknown'}, conflict ${id}`,
    '',
    sideBySide(['FIELD', 'BEFORE', `${remoteOf(conflict)} ${mark('remote')}`, `SQL ${mark('sql')}`], rows),
    '',
    resolvedAt
      ? `Settled ${minuteOf(resolvedAt)}.`
      : `To put the ${loserOf(conflict)} version back: lockstep conflicts restore ${short}`,
  ].join('\n');
}

const fieldsOf = (versions: readonly (Content | null)[]): string[] => [
  ...new Set([...versions.flatMap((version) => Object.keys(version?.fields ?? {})), 'archived']),
];

const fieldOf = (version: Content | null, name: string): Value | undefined =>
  name === 'archived' ? version?.archived : version?.fields[name];

function textOf(value: Value | undefined, titles: ReadonlyMap<string, string>): string {
  if (value === undefined || value === null || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return String(value);
  const links = pageIdsIn(value);
  return links.length === 0 ? '–' : links.map((link) => titles.get(link) ?? link).join(', ');
}
