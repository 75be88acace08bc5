import { closeApproval } from '../../database/brake-store.ts';
import { type Database, sql, transaction } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { entityTransaction } from '../../database/entity-transaction.ts';
import { recordFromJson } from '../../database/row-codec.ts';
import { nameOf } from '../../definition/named-entities.ts';
import { workCalendar } from '../../entities/calendars.ts';
import { type Entity, titleField } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { fieldsToRestore, stateToRestore } from '../../sync/archival.ts';
import type { ArchiveDirection } from '../../sync/brake-port.ts';
import { requireEntity } from './changes.ts';
import { readLockedRecord, writeVersion } from './write-version.ts';

/** A row of `sync_approvals`: archives that the brake stopped. */
export interface Approval {
  readonly id: string;
  readonly entity: string;
  readonly direction: ArchiveDirection;
  readonly reason: string;
  readonly createdAt: Date;
  readonly closedAt: Date | null;
  readonly outcome: 'accepted' | 'refused' | 'lapsed' | null;
  readonly recordIds: readonly string[];
}

const APPROVALS = sql`
  SELECT id, entity, direction, reason, created_at AS "createdAt", closed_at AS "closedAt", outcome,
         ARRAY(SELECT r.record_id FROM sync_approval_records r WHERE r.approval_id = a.id ORDER BY 1)::text[] AS "recordIds"
    FROM sync_approvals a`;

/** What an approval would archive. */
export const describeArchives = (direction: ArchiveDirection): string =>
  direction === 'inbound' ? 'rows of trashed pages' : 'pages of archived rows';

/** Approvals, newest first; open ones only, unless `all` is set. */
export const listApprovals = (database: Database, { all = false } = {}): Promise<readonly Approval[]> =>
  database.query<Approval>(sql`${APPROVALS} WHERE ${all} OR closed_at IS NULL ORDER BY created_at DESC, id`);

/**
 * The open approvals of an entity, or the one whose id starts with this.
 * @throws FinalError when there is none, or more than one id starts with it
 */
export async function findApprovals(database: Database, name: string): Promise<readonly Approval[]> {
  const open = await listApprovals(database);
  const ofEntity = open.filter(({ entity }) => entity === name || nameOf(requireEntity(entity)) === name);
  if (ofEntity.length > 0) return ofEntity;
  const found = open.filter(({ id }) => id.startsWith(name.toLowerCase()));
  if (found.length === 1) return found;
  throw found.length === 0
    ? new FinalError('approval_unknown', `nothing of "${name}" waits for an approval: see lockstep approvals list`)
    : new FinalError('approval_ambiguous', `more than one approval's id begins with "${name}": use the entity's name`);
}

/** The titles of an approval's records, by record id. */
export async function readApprovalTitles(
  database: Database,
  { entity, recordIds }: Approval,
): Promise<ReadonlyMap<string, string>> {
  const { table, ...named } = requireEntity(entity);
  const found = await database.query<{ id: string; title: string | null }>(
    `SELECT id::text, ${quote(titleField({ table, ...named }))} AS title FROM ${quote(table)} WHERE id = ANY ($1::uuid[])`,
    [recordIds],
  );
  return new Map(found.map(({ id, title }) => [id, title ?? '']));
}

/** The next cycle archives the records. @throws FinalError when it is closed already */
export const acceptApproval = (database: Database, approval: Approval): Promise<void> =>
  close(database, approval, 'accepted', async () => undefined);

/**
 * Restores the records as a user's edit: rows that were archived in SQL are live again, and the next cycle takes pages
 * out of the trash.
 * @throws FinalError when it is closed already, or the calendar is only read
 */
export function refuseApproval(database: Database, approval: Approval): Promise<void> {
  const entity = requireEntity(approval.entity);
  if (entity === workCalendar) {
    throw new FinalError('work_calendar', 'the work calendar is read-only: restore the events in Google Calendar');
  }
  const restore = approval.direction === 'inbound' ? restorePages : restoreRows;
  return close(database, approval, 'refused', (tx) => restore(tx, entity, approval.recordIds));
}

const close = (
  database: Database,
  { id, entity, direction }: Approval,
  outcome: 'accepted' | 'refused',
  work: (tx: Database) => Promise<void>,
): Promise<void> =>
  transaction(database, { as: 'user' }, async (tx) => {
    const open = await tx.query(
      sql`SELECT FROM sync_approvals WHERE id = ${id}::uuid AND closed_at IS NULL FOR UPDATE`,
    );
    if (open.length === 0) throw new FinalError('approval_closed', `approval ${id} is closed already`);
    await work(tx);
    await closeApproval(tx, entity, direction, outcome, new Date());
  });

async function restoreRows(tx: Database, entity: Entity, recordIds: readonly string[]): Promise<void> {
  for (const recordId of recordIds) {
    const stored = await readLockedRecord(tx, entity, recordId);
    if (!stored) continue;
    const { row, state } = recordFromJson(entity, stored);
    if (row) await writeVersion(tx, entity, stored, { fields: fieldsToRestore(entity, row, state), archived: false });
  }
}

/** What is agreed becomes the page in the trash, so that the live row is the edit that restores it. */
async function restorePages(tx: Database, entity: Entity, recordIds: readonly string[]): Promise<void> {
  const engine = entityTransaction(tx, entity, { cycleId: '', lockMode: 'wait' });
  const records = await engine.findById(recordIds);
  await engine.write(
    records.flatMap(({ recordId, row, state }) =>
      row && state ? [{ recordId, state: stateToRestore(entity, state) }] : [],
    ),
  );
  await tx.execute(
    `UPDATE ${quote(entity.table)} SET sql_local_last_edited_at = clock_timestamp() WHERE id = ANY ($1::uuid[])`,
    [recordIds],
  );
}
