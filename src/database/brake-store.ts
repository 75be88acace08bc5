import type { Entity } from '../entities/define.ts';
import type { ArchiveDirection, BrakeState, BrakeStore } from '../sync/brake-port.ts';
import { type Database, sql } from './client.ts';
import { entitySql } from './entity-sql.ts';

/** What the archive brake stores, for one entity in one transaction. One transaction of an entity decides at a time. */
export const brakeStore = (tx: Database, entity: Entity): BrakeStore => ({
  readBrake: (since) => readBrake(tx, entity, since),

  passArchives: async (recordIds, at, approved) => {
    await tx.execute(sql`
      DELETE FROM sync_archives WHERE entity = ${entity.name} AND NOT approved AND at < ${at}::timestamptz - interval '1 day'`);
    await tx.execute(sql`
      INSERT INTO sync_archives AS a (entity, record_id, at, approved)
      SELECT ${entity.name}, id, ${at}, ${approved} FROM unnest(${[...recordIds]}::uuid[]) AS id
      ON CONFLICT (entity, record_id) DO UPDATE SET at = excluded.at, approved = a.approved OR excluded.approved`);
  },

  holdArchives: async (direction, recordIds, reason) => {
    await tx.execute(sql`
      INSERT INTO sync_approvals (entity, direction, reason) VALUES (${entity.name}, ${direction}, ${reason})
      ON CONFLICT (entity, direction) WHERE closed_at IS NULL DO NOTHING`);
    await tx.execute(sql`
      INSERT INTO sync_approval_records (approval_id, record_id)
      SELECT a.id, r.id FROM sync_approvals a CROSS JOIN unnest(${[...recordIds]}::uuid[]) AS r(id)
       WHERE a.entity = ${entity.name} AND a.direction = ${direction} AND a.closed_at IS NULL
      ON CONFLICT DO NOTHING`);
  },

  releaseArchives: async (direction, recordIds) => {
    await tx.execute(sql`
      DELETE FROM sync_approval_records r USING sync_approvals a
       WHERE r.approval_id = a.id AND a.entity = ${entity.name} AND a.direction = ${direction} AND a.closed_at IS NULL
         AND r.record_id = ANY (${[...recordIds]}::uuid[])`);
  },

  closeApproval: (direction, outcome, at) => closeApproval(tx, entity.name, direction, outcome, at),
});

async function readBrake(tx: Database, entity: Entity, since: Date): Promise<BrakeState> {
  // Also keeps out other transactions, such as an undo, until this one ends.
  await tx.query(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`lockstep:brake:${entity.name}`}, 0))::text`);
  const [found] = await tx.query<{ live: number }>(entitySql(entity).countLive);
  return {
    live: found?.live ?? 0,
    passed: await tx.query(sql`
      SELECT record_id AS "recordId", approved FROM sync_archives
       WHERE entity = ${entity.name} AND (approved OR at >= ${since})`),
    held: await tx.query(sql`
      SELECT r.record_id AS "recordId", a.direction FROM sync_approvals a JOIN sync_approval_records r ON r.approval_id = a.id
       WHERE a.entity = ${entity.name} AND a.closed_at IS NULL`),
  };
}

/** Closes the open approval of an entity and direction. Its records may be archived, unless it was refused. */
export async function closeApproval(
  tx: Database,
  entity: string,
  direction: ArchiveDirection,
  outcome: 'accepted' | 'lapsed' | 'refused',
  at: Date,
): Promise<void> {
  const closed = sql`
    WITH closed AS (UPDATE sync_approvals SET closed_at = ${at}, outcome = ${outcome}
       WHERE entity = ${entity} AND direction = ${direction} AND closed_at IS NULL RETURNING id)`;
  if (outcome === 'refused') {
    await tx.execute(sql`${closed} SELECT FROM closed`);
    return;
  }
  await tx.execute(sql`${closed},
    passed AS (INSERT INTO sync_archives AS a (entity, record_id, at, approved)
      SELECT ${entity}, r.record_id, ${at}::timestamptz, ${outcome === 'accepted'}::boolean
        FROM closed JOIN sync_approval_records r ON r.approval_id = closed.id
      ON CONFLICT (entity, record_id) DO UPDATE SET at = excluded.at, approved = a.approved OR excluded.approved
      RETURNING a.record_id)
    INSERT INTO sync_refresh (entity, page_id)
    SELECT s.entity, s.page_id FROM passed JOIN sync_state s ON s.entity = ${entity} AND s.record_id = passed.record_id
     WHERE ${direction} = 'inbound' ON CONFLICT DO NOTHING`);
}

/** The open approval of an entity and direction. */
export async function readOpenApproval(
  database: Database,
  entity: string,
  direction: ArchiveDirection,
): Promise<{ readonly records: number; readonly reason: string } | null> {
  const [found] = await database.query<{ records: number; reason: string }>(sql`
    SELECT a.reason, (SELECT count(*)::int FROM sync_approval_records r WHERE r.approval_id = a.id) AS records
      FROM sync_approvals a WHERE a.entity = ${entity} AND a.direction = ${direction} AND a.closed_at IS NULL`);
  return found ?? null;
}
