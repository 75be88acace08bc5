import { randomUUID } from 'node:crypto';
import { type Database, sql, transaction } from '../../database/client.ts';
import { toTemporaryId } from '../../sync/temporary-id.ts';
import type { ParaFolder, ParaIssue, ParaType } from './para-folder.ts';
import { type KnownTag, type ParaChange, planPara } from './plan-para.ts';
import { readPara } from './read-para.ts';

export interface ParaRequest {
  /** `LOCKSTEP_PARA_ROOT` */
  readonly root: string;
  /** Only tags of this type are changed. */
  readonly type: ParaType;
  /** Let through more archived tags at once than the brake allows. */
  readonly acceptArchive?: boolean;
}

export type ParaResult =
  | { readonly kind: 'refused'; readonly message: string }
  | ({ readonly kind: 'applied'; readonly issues: readonly ParaIssue[] } & Counts);

/** How many tags. */
interface Counts {
  readonly created: number;
  readonly updated: number;
  readonly archived: number;
}

/**
 * Brings the tags of one type in step with the folders, as a user's edits would:
 * the outbox takes them on to Notion. Safe to run twice, and twice at once. A
 * resource whose area has no tag yet gets its parent in a later run.
 * @throws RetryableError when PostgreSQL is not reachable, or a tag stays locked
 */
export function applyPara(database: Database, { root, type, acceptArchive = false }: ParaRequest): Promise<ParaResult> {
  return transaction(database, { as: 'user' }, async (tx): Promise<ParaResult> => {
    await takeTurn(tx);
    // Within the turn, so that an older reading never undoes a newer one.
    const reading = await readPara(root);
    if (reading.kind === 'missing') return { kind: 'refused', message: reading.message };
    const known = await knownTags(tx);
    const plan = planPara(known, reading, { acceptArchive });
    if (plan.kind === 'refused') return plan;
    const tagOf = tagsByFolder(known, plan.changes);
    const typeOf = typesByTag(known, reading.folders, tagOf);
    const changes = plan.changes.filter(
      (change) => (change.kind === 'create' ? change.folder.type : typeOf.get(change.recordId)) === type,
    );
    return { kind: 'applied', ...(await applyChanges(tx, changes, tagOf)), issues: reading.issues };
  });
}

async function takeTurn(tx: Database): Promise<void> {
  await tx.query(sql`SELECT set_config('lock_timeout', '30s', true)`);
  await tx.query(sql`SELECT pg_advisory_xact_lock(hashtextextended('lockstep:para', 0))::text`);
}

/** A tag whose row was deleted is known still: it comes back from Notion, unless it has never been there. */
async function knownTags(tx: Database): Promise<KnownTag[]> {
  await tx.execute(sql`
    DELETE FROM para_folders f
     WHERE NOT EXISTS (SELECT FROM tags t WHERE t.id = f.record_id)
       AND NOT EXISTS (SELECT FROM sync_state s WHERE s.entity = 'tags' AND s.record_id = f.record_id)`);
  return tx.query<KnownTag>(sql`
    SELECT k.id AS "recordId", f.identity, t.parent_id AS "parentRecordId",
           coalesce(f.parent_from_folder, false) AS "parentFromFolder",
           coalesce(t.name, s.base ->> 'name', '') AS name,
           CASE WHEN t.id IS NULL THEN s.base ->> 'type' ELSE t.type END AS type,
           CASE WHEN t.id IS NULL THEN s.archived ELSE t.archived_at IS NOT NULL END AS archived
      FROM (SELECT id FROM tags UNION SELECT record_id FROM para_folders) k
      LEFT JOIN tags t ON t.id = k.id
      LEFT JOIN para_folders f ON f.record_id = k.id
      LEFT JOIN sync_state s ON s.entity = 'tags' AND s.record_id = k.id
     ORDER BY t.created_at, k.id`);
}

/** Record ids by folder identity, those that the plan adopts included. */
const tagsByFolder = (known: readonly KnownTag[], changes: readonly ParaChange[]): Map<string, string> =>
  new Map([
    ...known.flatMap(({ identity, recordId }): [string, string][] => (identity === null ? [] : [[identity, recordId]])),
    ...changes.flatMap((change): [string, string][] =>
      change.kind === 'adopt' ? [[change.identity, change.recordId]] : [],
    ),
  ]);

/** A tag is of its folder's type; without a folder, of its own. */
const typesByTag = (
  known: readonly KnownTag[],
  folders: readonly ParaFolder[],
  tagOf: ReadonlyMap<string, string>,
): ReadonlyMap<string | undefined, ParaType> =>
  new Map<string | undefined, ParaType>([
    ...known.map(({ recordId, type }) => [recordId, type === 'Resource' ? 'Resource' : 'Area'] as const),
    ...folders.map(({ identity, type }) => [tagOf.get(identity), type] as const),
  ]);

/** What changes in one tag's row. */
interface Patch {
  name?: string;
  type?: ParaType;
  parent_id?: string | null;
  archived_at?: Date | null;
}

async function applyChanges(tx: Database, changes: readonly ParaChange[], tagOf: Map<string, string>): Promise<Counts> {
  const counts = { created: 0, updated: 0, archived: 0 };
  const patches = new Map<string, Patch>();
  const patch = (recordId: string, more: Patch): void => {
    patches.set(recordId, { ...patches.get(recordId), ...more });
  };
  for (const change of changes) {
    switch (change.kind) {
      case 'create':
        tagOf.set(change.folder.identity, await createTag(tx, change.folder, tagOf));
        counts.created += 1;
        break;
      case 'adopt':
        await keepFolder(tx, change.recordId, { identity: change.identity });
        break;
      case 'restore':
        patch(change.recordId, { archived_at: null });
        break;
      case 'rename':
        patch(change.recordId, { name: change.name });
        break;
      case 'retype':
        patch(change.recordId, { type: change.type });
        break;
      case 'reparent': {
        const parent = parentOf(change, tagOf);
        if (parent === undefined) break;
        patch(change.recordId, { parent_id: parent });
        const data = { parent_from_folder: parent !== null };
        await tx.paraFolder.updateMany({ where: { record_id: change.recordId }, data });
        break;
      }
      case 'archive':
        patch(change.recordId, { archived_at: new Date() });
        break;
    }
  }
  for (const [id, data] of patches) {
    const { count } = await tx.tag.updateMany({ where: { id }, data });
    if (data.archived_at) counts.archived += count;
    else counts.updated += count;
  }
  return counts;
}

/** Undefined while the area has no tag. */
const parentOf = (
  { parentIdentity }: { readonly parentIdentity: string | null },
  tagOf: ReadonlyMap<string, string>,
): string | null | undefined => (parentIdentity === null ? null : tagOf.get(parentIdentity));

async function createTag(tx: Database, folder: ParaFolder, tagOf: ReadonlyMap<string, string>): Promise<string> {
  const { name, type, identity } = folder;
  const id = randomUUID();
  const parent_id = parentOf(folder, tagOf) ?? null;
  await tx.tag.create({ data: { id, notion_page_id: toTemporaryId(id), name, type, parent_id } });
  await keepFolder(tx, id, { identity, parent_from_folder: parent_id !== null });
  return id;
}

/** Which folder a tag stands for, in place of an earlier one. */
async function keepFolder(
  tx: Database,
  record_id: string,
  folder: { readonly identity: string; readonly parent_from_folder?: boolean },
): Promise<void> {
  await tx.paraFolder.upsert({ where: { record_id }, create: { record_id, ...folder }, update: folder });
}
