import { type Database, sql } from '../../database/client.ts';
import { commonName } from '../../definition/named-entities.ts';
import { REFUSAL_REASON } from '../../sync/refused-edits.ts';
import type { Check } from './finding.ts';

interface RefusedEdits {
  readonly entity: string;
  readonly edits: number;
  /** Of the latest. */
  readonly record: string;
  readonly reason: string;
}

/** Lists edits that the remote side refused for good, until somebody closes their conflicts. */
export const checkRefusedEdits: Check = async ({ database }) =>
  (await readRefusedEdits(database)).map(({ entity, edits, record, reason }) => ({
    code: 'edits_refused',
    severity: 'info',
    subject: commonName(entity),
    what: `${edits} ${edits === 1 ? 'edit was' : 'edits were'} refused for good; the latest is that of the row ${record}: ${reason.slice(REFUSAL_REASON.length + 2)}`,
    why: 'the rows have the agreed values again, and nothing sends these edits: only their conflicts keep them',
    fix: `make the edits in Notion (lockstep conflicts shows them), then run in psql: UPDATE sync_conflicts SET resolved_at = now() WHERE resolved_at IS NULL AND entity = '${entity}' AND starts_with(reason, '${REFUSAL_REASON}')`,
  }));

const readRefusedEdits = (database: Database): Promise<RefusedEdits[]> =>
  database.query(sql`
    SELECT DISTINCT ON (entity) entity, count(*) OVER (PARTITION BY entity)::int AS edits, record_id AS record, reason
      FROM sync_conflicts WHERE resolved_at IS NULL AND starts_with(reason, ${REFUSAL_REASON})
     ORDER BY entity, detected_at DESC`);
