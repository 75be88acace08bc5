import type { Entity } from '../entities/define.ts';
import type { LocalWrite } from '../sync/ports.ts';
import { stateToJson } from './row-codec.ts';

/** Runs a statement whose $1 is a jsonb array, unless there are no lines. */
export type RunBatch = (statement: string, lines: readonly object[]) => Promise<void>;

/** Writes everything that the engine remembers about records: last agreed content, unsent edits and intents. */
export async function saveSyncState(run: RunBatch, entity: Entity, writes: readonly LocalWrite[]): Promise<void> {
  const keyOf = (recordId: string) => ({ entity: entity.name, record_id: recordId });
  const replaced = writes.flatMap(({ replaces }) => (replaces ? [keyOf(replaces)] : []));
  await run(DROP_STATES, replaced);
  await run(DROP_OUTBOX, replaced);
  await run(
    SAVE_STATES,
    writes.flatMap(({ recordId, state }) => (state ? [stateToJson(entity, recordId, state)] : [])),
  );
  await run(
    USE_APPROVALS,
    writes.flatMap(({ recordId, state }) => (state?.archived ? [keyOf(recordId)] : [])),
  );
  await run(
    CLEAR_SENT,
    writes.flatMap(({ recordId, sent }) => (sent === undefined ? [] : [{ ...keyOf(recordId), seq: sent.toString() }])),
  );
  await run(
    ENQUEUE,
    writes.flatMap(({ recordId, enqueue }) => (enqueue ? [keyOf(recordId)] : [])),
  );
  await run(
    CLOSE_INTENTS,
    writes.flatMap(({ recordId, intent, state }) =>
      intent === 'close' ? [{ ...keyOf(recordId), page_id: state?.remoteId ?? null }] : [],
    ),
  );
  await run(
    DROP_INTENTS,
    writes.flatMap(({ recordId, intent }) => (intent === 'drop' ? [keyOf(recordId)] : [])),
  );
}

const SAVE_STATES = `INSERT INTO sync_state AS s (entity, record_id, page_id, base, archived, trashed, sending, late_writes, status_before_archive, sync_key, page_created_at, page_edited_at, body_read_at, unexpressed)
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid, page_id text, base jsonb, archived boolean, trashed boolean, sending jsonb, late_writes jsonb, status_before_archive text, sync_key text, page_created_at timestamptz, page_edited_at timestamptz, body_read_at timestamptz, unexpressed text[])
  ON CONFLICT (entity, record_id) DO UPDATE SET page_id = excluded.page_id, base = excluded.base, archived = excluded.archived,
    trashed = excluded.trashed, sending = excluded.sending, late_writes = excluded.late_writes, status_before_archive = excluded.status_before_archive, sync_key = excluded.sync_key,
    page_created_at = excluded.page_created_at, page_edited_at = excluded.page_edited_at, body_read_at = excluded.body_read_at, unexpressed = excluded.unexpressed`;

/** An approval to archive a record holds once. */
const USE_APPROVALS = `DELETE FROM sync_archives a USING jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid)
  WHERE a.entity = x.entity AND a.record_id = x.record_id AND a.approved`;

const DROP_STATES = `DELETE FROM sync_state s USING jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid)
  WHERE s.entity = x.entity AND s.record_id = x.record_id`;

const DROP_OUTBOX = `DELETE FROM sync_outbox o USING jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid)
  WHERE o.entity = x.entity AND o.record_id = x.record_id`;

const CLEAR_SENT = `DELETE FROM sync_outbox o USING jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid, seq bigint)
  WHERE o.entity = x.entity AND o.record_id = x.record_id AND o.seq = x.seq`;

const ENQUEUE = `INSERT INTO sync_outbox (entity, record_id)
  SELECT entity, record_id FROM jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid) ON CONFLICT DO NOTHING`;

const CLOSE_INTENTS = `UPDATE creation_intents i SET closed_at = now(), page_id = x.page_id
  FROM jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid, page_id text)
  WHERE i.entity = x.entity AND i.record_id = x.record_id AND i.closed_at IS NULL`;

const DROP_INTENTS = `DELETE FROM creation_intents i USING jsonb_to_recordset($1::jsonb) AS x(entity text, record_id uuid)
  WHERE i.entity = x.entity AND i.record_id = x.record_id`;
