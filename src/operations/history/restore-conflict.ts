import { type Database, transaction } from '../../database/client.ts';
import type { StoredRecord } from '../../database/row-codec.ts';
import { workCalendar } from '../../entities/calendars.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import type { Content } from '../../sync/ports.ts';
import { entitiesOf, resolveConflict, type StoredConflict } from './conflicts.ts';
import { readLockedRecord, writeVersion } from './write-version.ts';

/**
 * Restores the losing version in the row, as a user's edit, so that it syncs.
 * @returns the names of the changed fields, `archived` included
 * @throws FinalError when the conflict is resolved already, or the row does not exist
 */
export function restoreConflict(database: Database, conflict: StoredConflict): Promise<readonly string[]> {
  return transaction(database, { as: 'user' }, async (tx) => {
    // This also locks out a second restore.
    if (!(await resolveConflict(tx, conflict))) {
      const { id } = conflict;
      throw new FinalError('conflict_settled', `conflict ${id} is resolved already: nothing was changed`);
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
    throw new FinalError('work_calendar', 'the work calendar is read-only: make the change in Google Calendar');
  }
  throw new FinalError(
    'row_gone',
    `${conflict.entity} has no row ${conflict.recordId}; the next cycle restores a deleted row: try again then`,
  );
}

function losingVersion({ id, winner, remote, sql }: StoredConflict): Content {
  const version = winner === 'sql' ? remote : sql;
  if (version) return version;
  throw new FinalError('version_missing', `conflict ${id} has no losing version to restore`);
}
