import type { SyncOutcome } from '../cycle/messages.ts';
import { toStorableText } from '../shared/storable-text.ts';
import type { Issue } from '../sync/ports.ts';
import { type Database, sql } from './client.ts';

/** One row of `sync_run_history`. */
export interface Run {
  readonly cycleId: string;
  readonly syncName: string;
  readonly entity: string;
  readonly direction: 'inbound' | 'outbound' | 'trigger';
  readonly status: 'ok' | 'partial' | 'failed' | 'skipped';
  readonly startedAt: Date;
  readonly processed: number;
  readonly created: number;
  readonly updated: number;
  readonly archived: number;
  readonly conflicts: number;
  readonly requests: number;
  readonly errors: readonly (Omit<Issue, 'record'> & { readonly record: string | null })[];
}

/** Of one run, at most this many errors are stored. */
const MAX_ERRORS = 200;
/** A message may quote a value. */
const MAX_MESSAGE_LENGTH = 5_000;

/** Saves a run; a retried activity overwrites its own row. */
export async function recordRun(database: Database, run: Run): Promise<void> {
  const finishedAt = new Date();
  const durationMs = Math.max(0, finishedAt.getTime() - run.startedAt.getTime());
  const errors = run.errors.slice(0, MAX_ERRORS).map(({ code, message, record }) => ({
    code,
    message: toStorableText(message.slice(0, MAX_MESSAGE_LENGTH)),
    record,
  }));
  const { cycleId, syncName, entity, direction, status, startedAt } = run;
  const { processed, created, updated, archived, conflicts, requests } = run;
  await database.execute(sql`
    INSERT INTO sync_run_history (cycle_id, sync_name, entity, direction, status, started_at, finished_at, duration_ms,
      records_processed, created, updated, archived, conflicts, api_requests, errors)
    VALUES (${cycleId}, ${syncName}, ${entity}, ${direction}, ${status}, ${startedAt}, ${finishedAt}, ${durationMs},
      ${processed}, ${created}, ${updated}, ${archived}, ${conflicts}, ${requests}, ${JSON.stringify(errors)}::jsonb)
    ON CONFLICT (cycle_id, sync_name) DO UPDATE SET entity = excluded.entity, direction = excluded.direction,
      status = excluded.status, started_at = excluded.started_at, finished_at = excluded.finished_at,
      duration_ms = excluded.duration_ms, records_processed = excluded.records_processed, created = excluded.created,
      updated = excluded.updated, archived = excluded.archived, conflicts = excluded.conflicts,
      api_requests = excluded.api_requests, errors = excluded.errors`);
}

/** Records syncs that had nothing to do, all at once; a retried activity changes nothing. */
export async function recordIdleRuns(
  database: Database,
  cycleId: string,
  outcomes: readonly SyncOutcome[],
): Promise<void> {
  if (outcomes.length === 0) return;
  const now = new Date();
  const runs = outcomes.map(({ name, entity, direction, status, requests, message }) => ({
    ...{ name, entity, direction, status, requests },
    errors: message === undefined ? [] : [{ code: status, message, record: null }],
  }));
  await database.execute(sql`
    INSERT INTO sync_run_history (cycle_id, sync_name, entity, direction, status, started_at, finished_at, duration_ms,
      api_requests, errors)
    SELECT ${cycleId}, name, entity, direction, status, ${now}::timestamptz, ${now}::timestamptz, 0, requests, errors
      FROM jsonb_to_recordset(${JSON.stringify(runs)}::jsonb)
        AS r(name text, entity text, direction text, status text, requests int, errors jsonb)
    ON CONFLICT DO NOTHING`);
}
