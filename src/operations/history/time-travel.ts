import { type Database, type Sql, sql } from '../../database/client.ts';
import { comparableJson } from '../../database/clipped-json.ts';
import { FinalError } from '../../errors.ts';
import type { Content } from '../../sync/ports.ts';
import { findCycle } from './changes.ts';
import { version } from './conflicts.ts';
import type { RecordHistory } from './record-history.ts';

/** A time, or the end of a cycle. */
export interface Moment {
  readonly at: Date;
  readonly cycleId: string | null;
}

/** A record as it was agreed at a moment. */
export interface PastRecord {
  readonly moment: Moment;
  /** Null: its creation was not synced yet. */
  readonly content: Content | null;
  /** Set when no older change is kept than one at this time: the content is from then at the earliest. */
  readonly recordedSince: Date | null;
}

/** A year, and at least a month: fewer digits are the beginning of a cycle's id. */
const ISO_TIME = /^\d{4}-\d{2}(-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?)?$/i;

/**
 * A moment that a person writes: an ISO time, or the id of a cycle or undo, of which the beginning is enough.
 * @throws FinalError when it is neither
 */
export async function readMoment(database: Database, text: string): Promise<Moment> {
  if (ISO_TIME.test(text)) {
    const at = new Date(text);
    if (!Number.isNaN(at.getTime())) return { at, cycleId: null };
  }
  const cycleId = await findCycle(database, text);
  const [found] = await database.query<{ end: Date | null }>(sql`
    SELECT greatest((SELECT max(finished_at) FROM sync_run_history WHERE cycle_id = ${cycleId}),
                    (SELECT max(at) FROM sync_changes WHERE cycle_id = ${cycleId})) AS "end"`);
  if (found?.end) return { at: found.end, cycleId };
  throw new FinalError('cycle_unknown', `the end of cycle ${cycleId} is not known`);
}

/** Rebuilds a record as of a moment: what is agreed now, with every later change taken back. */
export async function readPastRecord(
  database: Database,
  { entity, record }: Pick<RecordHistory, 'entity' | 'record'>,
  moment: Moment,
  maxText: number,
): Promise<PastRecord> {
  const { recordId, row, state } = record;
  // A `Date` has milliseconds only: a change of the same millisecond belongs to the moment.
  const later = sql`entity = ${entity.name} AND record_id = ${recordId}::uuid AND date_trunc('milliseconds', at) > ${moment.at}`;
  const [[created], before, [oldest]] = await Promise.all([
    database.query(sql`SELECT FROM sync_changes WHERE ${later} AND before IS NULL LIMIT 1`),
    readFirstBefore(database, later, maxText),
    database.query<{ at: Date }>(sql`SELECT at FROM sync_changes ORDER BY id LIMIT 1`),
  ]);
  const now: Content = state ? { fields: state.base, archived: state.archived } : row;
  const content = {
    fields: { ...now.fields, ...before?.fields },
    archived: before?.archived ?? now.archived,
  };
  return {
    moment,
    content: created ? null : content,
    recordedSince: oldest && oldest.at <= moment.at ? null : (oldest?.at ?? null),
  };
}

/** Of each field that was changed later, the value before the first of these changes. */
async function readFirstBefore(database: Database, later: Sql, maxText: number): Promise<Content | null> {
  const [found] = await database.query<{ before: unknown }>(sql`
    SELECT ${comparableJson(
      sql`(SELECT jsonb_object_agg(key, value) FROM (
             SELECT DISTINCT ON (key) key, value FROM sync_changes CROSS JOIN LATERAL jsonb_each(before)
              WHERE ${later} ORDER BY key, id) AS firsts)`,
      maxText,
    )} AS before`);
  return version.parse(found?.before ?? null);
}
