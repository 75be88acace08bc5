import { type Database, transaction } from '../../database/client.ts';
import type { StoredRecord } from '../../database/row-codec.ts';
import { workCalendar } from '../../entities/calendars.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import type { Content } from '../../sync/ports.ts';
import { entitiesOf, type StoredConflict, resolveConflict } from './conflicts.ts';
import { readLockedRecord, writeVersion } from './write-version.ts';

/**
 * Puts the losing version back into the row, as a user's edit, so that it syncs.
 * @returns the names of the fields that this changed, `archived` included
 * @throws FinalError when the conflict is settled already, or there is no row to write
 */
export function restoreConflict(database: Database, conflict: StoredConflict): Promise<readonly string[]> {
  return transaction(database, { as: 'user' }, async (tx) => {
    // Also the lock that keeps a second restore out.
    if (!(await resolveConflict(tx, conflict))) {
      const { id } = conflict;
      throw new FinalError('conflict_settled', `conflict ${id} is settled already: nothing was changed`);
    }
    const { entity, stored } = await lockRow(tx, conflict);
    return writeVersion(tx, entity, stored, losingVersion(conflict));
  });
}

async function lockRow(tx: Database, conflict: StoredConflict): Promise<{ entity: Entity; stored: StoredRecord }> {
  for (const entity of entitiesOf(conflict)) {
    const stored = await readLockedRecord(tx, entity, conflict.recordId);
    if (!stored?.row) continue;
    if (entity !== workCalendar) return { entity, stored };
    throw new FinalError('work_calendar', 'the work calendar is only read: make the change in Google Calendar');
  }
  throw new FinalError(
    'row_gone',
    `${conflict.entity} has no row ${conflict.recordId} now; a deleted row comes back with the next cycle: try again then`,
  );
}

function losingVersion({ id, winner, remote, sql }: StoredConflict): Content {
  const version = winner === 'sql' ? remote : sql;
  if (version) return version;
  throw new FinalError('version_missing', `conflict ${id} holds no losing version to put back`);
}
