import { randomUUID } from 'node:crypto';
import { brakeStore } from '../../database/brake-store.ts';
import { type Database, sql, transaction } from '../../database/client.ts';
import { literal } from '../../database/entity-sql.ts';
import { roleTable } from '../../database/role-table.ts';
import { insertWithoutPage, updateColumns } from '../../database/write-row.ts';
import { optionIn, toColumns } from '../../definition/role-fields.ts';
import { perWorkspace } from '../../shared/workspace.ts';
import type { ParaFolder, ParaIssue, ParaType } from './para-folder.ts';
import { type KnownTag, type ParaChange, planPara } from './plan-para.ts';
import { readPara } from './read-para.ts';

export interface ParaRequest {
  /** `LOCKSTEP_PARA_ROOT` */
  readonly root: string;
  /** Only tags of this type are changed. */
  readonly type: ParaType;
  /** Allows more archived tags at once than the limit. */
  readonly acceptArchive?: boolean;
}

export type ParaResult =
  | { readonly kind: 'refused'; readonly message: string }
  | ({ readonly kind: 'applied'; readonly issues: readonly ParaIssue[] } & Counts);

const tagTable = perWorkspace(() => roleTable('tags'));
const PARA_TYPES: readonly ParaType[] = ['Area', 'Resource'];
/** The options that tags have for the types of folders. */
const optionByType = (type: ParaType): string => optionIn(tagTable(), 'type', type) ?? type;
const typeOf = (option: string | null): string | null =>
  PARA_TYPES.find((type) => optionByType(type) === option) ?? option;

/** Numbers of tags. */
interface Counts {
  readonly created: number;
  readonly updated: number;
  readonly archived: number;
}

/**
 * Updates the tags of one type to match the folders, as a user's edits: the outbox
 * sends them to Notion. Safe to repeat, and to run concurrently. A
 * resource whose area has no tag yet gets its parent in a later run.
 * @throws RetryableError when PostgreSQL is not reachable, or a tag stays locked
 */
export function applyPara(database: Database, { root, type, acceptArchive = false }: ParaRequest): Promise<ParaResult> {
  return transaction(database, { as: 'user', lockTimeout: '30s' }, async (tx): Promise<ParaResult> => {
    await lockPara(tx);
    // Read under the lock, so that an older reading never overwrites a newer one.
    const reading = await readPara(root);
    if (reading.kind === 'missing') return { kind: 'refused', message: reading.message };
    const known = await readKnownTags(tx);
    const plan = planPara(known, reading, { acceptArchive });
    if (plan.kind === 'refused') return plan;
    const tagIdByFolder = tagsByFolder(known, plan.changes);
    const typeByTagId = typesByTag(known, reading.folders, tagIdByFolder);
    const changes = plan.changes.filter(
      (change) => (change.kind === 'create' ? change.folder.type : typeByTagId.get(change.recordId)) === type,
    );
    if (acceptArchive) await approveArchives(tx, changes);
    return { kind: 'applied', ...(await applyChanges(tx, changes, tagIdByFolder)), issues: reading.issues };
  });
}

/** So that the next sync to Notion archives the pages, too. */
async function approveArchives(tx: Database, changes: readonly ParaChange[]): Promise<void> {
  const archived = changes.flatMap((change) => (change.kind === 'archive' ? [change.recordId] : []));
  if (archived.length > 0) await brakeStore(tx, tagTable().entity).passArchives(archived, new Date(), true);
}

async function lockPara(tx: Database): Promise<void> {
  await tx.query(sql`SELECT pg_advisory_xact_lock(hashtextextended('lockstep:para', 0))::text`);
}

/** Includes tags whose row was deleted, if they were synced: Notion restores them. */
async function readKnownTags(tx: Database): Promise<KnownTag[]> {
  const tags = tagTable();
  await tx.execute(`
    DELETE FROM para_folders f
     WHERE NOT EXISTS (SELECT FROM ${tags.table} t WHERE t.id = f.record_id)
       AND NOT EXISTS (SELECT FROM sync_state s WHERE s.entity = ${tags.name} AND s.record_id = f.record_id)`);
  const agreed = (field: 'title' | 'type'): string => `s.base ->> ${literal(tags.fields[field] ?? field)}`;
  const known = await tx.query<KnownTag>(`
    SELECT k.id AS "recordId", f.identity, ${tags.column('parent_id')} AS "parentRecordId",
           coalesce(f.parent_from_folder, false) AS "parentFromFolder",
           coalesce(${tags.column('title')}, ${agreed('title')}, '') AS name,
           CASE WHEN t.id IS NULL THEN ${agreed('type')} ELSE ${tags.column('type')} END AS type,
           CASE WHEN t.id IS NULL THEN s.archived ELSE t.archived_at IS NOT NULL END AS archived
      FROM (SELECT id FROM ${tags.table} UNION SELECT record_id FROM para_folders) k
      LEFT JOIN ${tags.table} t ON t.id = k.id
      LEFT JOIN para_folders f ON f.record_id = k.id
      LEFT JOIN sync_state s ON s.entity = ${tags.name} AND s.record_id = k.id
     ORDER BY t.created_at, k.id`);
  return known.map((tag) => ({ ...tag, type: typeOf(tag.type) }));
}

/** Record ids by folder identity, including the tags that the plan adopts. */
const tagsByFolder = (known: readonly KnownTag[], changes: readonly ParaChange[]): Map<string, string> =>
  new Map([
    ...known.flatMap(({ identity, recordId }): [string, string][] => (identity === null ? [] : [[identity, recordId]])),
    ...changes.flatMap((change): [string, string][] =>
      change.kind === 'adopt' ? [[change.identity, change.recordId]] : [],
    ),
  ]);

/** The type of a tag's folder, or without a folder its own. */
const typesByTag = (
  known: readonly KnownTag[],
  folders: readonly ParaFolder[],
  tagIdByFolder: ReadonlyMap<string, string>,
): ReadonlyMap<string | undefined, ParaType> =>
  new Map<string | undefined, ParaType>([
    ...known.map(({ recordId, type }) => [recordId, type === 'Resource' ? 'Resource' : 'Area'] as const),
    ...folders.map(({ identity, type }) => [tagIdByFolder.get(identity), type] as const),
  ]);

/** The changed fields of a tag. */
interface Patch {
  title?: string;
  type?: string;
  parent_id?: string | null;
  archived_at?: Date | null;
}

async function applyChanges(
  tx: Database,
  changes: readonly ParaChange[],
  tagIdByFolder: Map<string, string>,
): Promise<Counts> {
  const counts = { created: 0, updated: 0, archived: 0 };
  const patches = new Map<string, Patch>();
  const patch = (recordId: string, more: Patch): void => {
    patches.set(recordId, { ...patches.get(recordId), ...more });
  };
  for (const change of changes) {
    switch (change.kind) {
      case 'create':
        tagIdByFolder.set(change.folder.identity, await createTag(tx, change.folder, tagIdByFolder));
        counts.created += 1;
        break;
      case 'adopt':
        await saveFolder(tx, change.recordId, { identity: change.identity });
        break;
      case 'restore':
        patch(change.recordId, { archived_at: null });
        break;
      case 'rename':
        patch(change.recordId, { title: change.name });
        break;
      case 'retype':
        patch(change.recordId, { type: optionByType(change.type) });
        break;
      case 'reparent': {
        const parent = parentOf(change, tagIdByFolder);
        if (parent === undefined) break;
        patch(change.recordId, { parent_id: parent });
        await tx.execute(
          sql`UPDATE para_folders SET parent_from_folder = ${parent !== null} WHERE record_id = ${change.recordId}::uuid`,
        );
        break;
      }
      case 'archive':
        patch(change.recordId, { archived_at: new Date() });
        break;
    }
  }
  for (const [id, data] of patches) {
    const count = await updateTag(tx, id, data);
    if (data.archived_at) counts.archived += count;
    else counts.updated += count;
  }
  return counts;
}

function updateTag(tx: Database, id: string, { archived_at, ...fields }: Patch): Promise<number> {
  const archived = archived_at === undefined ? {} : { archived_at };
  const tags = tagTable();
  return updateColumns(tx, tags.table, id, { ...toColumns(tags, fields), ...archived });
}

/** Undefined if the area has no tag yet. */
const parentOf = (
  { parentIdentity }: { readonly parentIdentity: string | null },
  tagIdByFolder: ReadonlyMap<string, string>,
): string | null | undefined => (parentIdentity === null ? null : tagIdByFolder.get(parentIdentity));

async function createTag(
  tx: Database,
  folder: ParaFolder,
  tagIdByFolder: ReadonlyMap<string, string>,
): Promise<string> {
  const { name, type, identity } = folder;
  const id = randomUUID();
  const parent_id = parentOf(folder, tagIdByFolder) ?? null;
  const fields = { title: name, type: optionByType(type), parent_id };
  const tags = tagTable();
  await insertWithoutPage(tx, tags.table, id, toColumns(tags, fields));
  await saveFolder(tx, id, { identity, parent_from_folder: parent_id !== null });
  return id;
}

/** Saves which folder a tag corresponds to, replacing an earlier one. */
async function saveFolder(
  tx: Database,
  record_id: string,
  folder: { readonly identity: string; readonly parent_from_folder?: boolean },
): Promise<void> {
  const { identity, parent_from_folder = null } = folder;
  await tx.execute(sql`
    INSERT INTO para_folders AS f (record_id, identity, parent_from_folder)
    VALUES (${record_id}::uuid, ${identity}, coalesce(${parent_from_folder}::boolean, false))
    ON CONFLICT (record_id) DO UPDATE SET identity = excluded.identity,
      parent_from_folder = coalesce(${parent_from_folder}::boolean, f.parent_from_folder)`);
}
