import { archiveLimit } from '../../src/sync/brake.ts';
import type { Sides } from './cycles.ts';

const WINDOW_MS = 3_600_000;

/** [S6] Checks every archive of the sync: without an approval, no hour has more of them than the limit. */
export function watchBrake({ notion, sql, world }: Sides, archiveFloor: number): string[] {
  const found: string[] = [];
  const archives: { readonly entity: string; readonly rowId: string; readonly at: number }[] = [];
  const count = (entity: string, rowId: string): void => {
    if (sql.of(entity).archives.get(rowId)?.approved) return;
    archives.push({ entity, rowId, at: world.now });
    const recent = archives.filter((other) => other.entity === entity && other.at > world.now - WINDOW_MS);
    const records = new Set(recent.map((other) => other.rowId)).size;
    const limit = archiveLimit(sql.of(entity).rows.size + records, { archiveFloor });
    if (records > limit) found.push(`${records} records of ${entity} were archived within an hour; ${limit} may be`);
  };
  sql.onArchive = (entity, rowId) => count(entity, rowId);
  notion.onArchive = (page) => {
    const row = [...sql.of(page.entity.name).rows.values()].find(({ remoteId }) => remoteId === page.id);
    const sent = sql.sent.findLast(({ rowId }) => rowId === row?.id);
    // The archived status may also be set by hand, which archives nothing.
    if (row && sent?.change.archived) count(page.entity.name, row.id);
  };
  return found;
}
