import { type Database, transaction } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { entities } from '../../definition/index.ts';
import { type Entity, titleField } from '../../entities/define.ts';
import { isNotFound } from '../../notion/notion-errors.ts';
import { TEMPORARY_ID_PREFIX } from '../../sync/temporary-id.ts';
import type { DoctorContext } from './doctor-context.ts';
import { type Check, FIX_COMMAND, type Finding } from './finding.ts';

/** Each candidate costs a request to Notion. */
const MAX_REQUESTS = 50;
const MAX_SHOWN = 5;

interface Candidate {
  readonly id: string;
  readonly page: string;
  readonly title: string;
}

/** Rows that were restored in SQL while their page is in the trash. */
const candidates = (entity: Entity): string =>
  `SELECT t.id, s.page_id AS page, t.${quote(titleField(entity))} AS title
     FROM ${quote(entity.table)} t JOIN sync_state s ON s.entity = $1 AND s.record_id = t.id
    WHERE t.archived_at IS NULL AND s.trashed ORDER BY t.id LIMIT ${MAX_REQUESTS}`;

/** Finds restored rows whose page was deleted from the trash for good: it cannot be restored. */
export const checkDeletedPages: Check = async (context) => {
  const findings: Finding[] = [];
  for (const entity of entities()) {
    const deleted: Candidate[] = [];
    for (const row of await context.database.query<Candidate>(candidates(entity), [entity.name])) {
      if (!(await pageExists(context, entity, row.page))) deleted.push(row);
    }
    if (deleted.length > 0) findings.push(deletedFinding(context, entity, deleted));
  }
  return findings;
};

async function pageExists({ api }: DoctorContext, entity: Entity, page: string): Promise<boolean> {
  try {
    await api.call({ entity: entity.name, kind: 'read', what: `page ${page}`, ofRecord: true }, (client) =>
      client.pages.retrieve({ page_id: page }),
    );
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function deletedFinding({ database }: DoctorContext, entity: Entity, deleted: readonly Candidate[]): Finding {
  const count = deleted.length;
  const titles = deleted.slice(0, MAX_SHOWN).map(({ title }) => `"${title}"`);
  return {
    code: 'page_deleted',
    severity: 'problem',
    subject: entity.name,
    what: `${count} restored ${count === 1 ? 'row' : 'rows'} had a page in the trash, which is not found any more: ${titles.join(', ')}`,
    why: 'a page that was deleted from the trash cannot be restored, so the rows are not in Notion and their edits wait',
    fix: FIX_COMMAND,
    applyFix: async () => {
      await transaction(database, { as: 'sync' }, (tx) => detachRows(tx, entity, deleted));
      return `the next cycle creates ${count === 1 ? 'a new page' : `${count} new pages`}`;
    },
  };
}

/** Makes rows that have no page yet of these rows. */
async function detachRows(tx: Database, entity: Entity, rows: readonly Candidate[]): Promise<void> {
  const { name, table, archivedStatus } = entity;
  const ids = rows.map(({ id }) => id);
  const status =
    archivedStatus === undefined
      ? ''
      : ', status = CASE WHEN lower(t.status) = lower($3) THEN s.status_before_archive ELSE t.status END';
  await tx.execute(
    `UPDATE ${quote(table)} t SET notion_page_id = '${TEMPORARY_ID_PREFIX}' || t.id${status}
       FROM sync_state s WHERE s.entity = $1 AND s.record_id = t.id AND t.id = ANY ($2::uuid[]) AND t.archived_at IS NULL`,
    [name, ids, ...(archivedStatus === undefined ? [] : [archivedStatus])],
  );
  for (const kept of ['sync_state', 'creation_intents']) {
    await tx.execute(`DELETE FROM ${kept} WHERE entity = $1 AND record_id = ANY ($2::uuid[])`, [name, ids]);
  }
  await tx.execute('INSERT INTO sync_outbox (entity, record_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING', [
    name,
    ids,
  ]);
}
