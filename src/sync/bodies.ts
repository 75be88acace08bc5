import { bodyField, type Entity } from '../entities/define.ts';
import { inParallel } from './in-parallel.ts';
import type { Content, RemoteEntity, RemoteRecord, SyncContext, SyncState } from './ports.ts';
import { sameValue } from './reconcile.ts';
import type { Fields, Snapshot, Value } from './types.ts';

/**
 * What stands on a page is not part of a listing, and one more request for each
 * listed page would be too dear. So a listed record lacks its body, and gets it
 * here: from the base while it cannot have changed, else by reading it. A body
 * that cannot be read counts as unchanged: nothing is written over it, nor cleared.
 */

const isBodiless = ({ bodyReadAt, trashed }: RemoteRecord): boolean => bodyReadAt === null && !trashed;

/** Within the grain of the remote clock an edit may have followed on what was read; another one is for its delay. */
const isReadForGood = ({ editGrainMs }: RemoteEntity, { bodyReadAt, remoteEditedAt }: SyncState): boolean =>
  bodyReadAt !== null && bodyReadAt.getTime() >= remoteEditedAt.getTime() + 2 * editGrainMs;

/** The records with their bodies. */
export async function withBodies(
  { entity, remote, policy, progress }: SyncContext,
  records: readonly RemoteRecord[],
  states: ReadonlyMap<string, SyncState>,
): Promise<readonly RemoteRecord[]> {
  const unread = remote.supports.bodies ? records.filter(isBodiless) : [];
  const whole = new Map(records.map((record) => [record.remoteId, record]));
  await inParallel(unread, policy.concurrency, async (record) => {
    const state = states.get(record.remoteId);
    const isKnown = state && record.editedAt <= state.remoteEditedAt && isReadForGood(remote, state);
    whole.set(record.remoteId, isKnown ? withBodyOf(entity, record, state) : await remote.readBody(record));
    progress();
  });
  return [...whole.values()];
}

const withBodyOf = (entity: Entity, record: RemoteRecord, { base, bodyReadAt }: SyncState): RemoteRecord => ({
  ...record,
  fields: { ...record.fields, ...bodyIn(entity, base) },
  bodyReadAt,
});

/** The body alone; nothing where it was never read. */
function bodyIn(entity: Entity, fields: Fields): Fields {
  const name = bodyField(entity);
  return name !== undefined && name in fields ? { [name]: fields[name] ?? null } : {};
}

/** The fields of a page whose body was not read: what was agreed stands in for it. */
export const withAgreedBody = (entity: Entity, { fields, bodyReadAt }: RemoteRecord, base: Fields): Fields =>
  bodyReadAt === null ? { ...fields, ...bodyIn(entity, base) } : fields;

/** Without a body that was only filled in: what a page says that was never read is not agreed on. */
export function withoutUnreadBody(entity: Entity, content: Content, said: Fields): Content {
  const name = bodyField(entity);
  if (name === undefined || name in said) return content;
  const { [name]: _, ...fields } = content.fields;
  return { ...content, fields };
}

/** Whether SQL holds a body for a page whose own was never read: it waits until both can be compared. */
export const bodyWaits = (entity: Entity, row: Fields, said: Fields): boolean => {
  const name = bodyField(entity);
  return name !== undefined && !(name in said) && (row[name] ?? null) !== null;
};

/** The body as the page says it back after a write; nothing where it does not say. */
export const saidBody = (entity: Entity, page: RemoteRecord | null): Fields =>
  page?.bodyReadAt ? bodyIn(entity, page.fields) : {};

/** The three versions that a decision is made from. */
export interface Versions {
  readonly agreed: Content | null;
  readonly theirs: Snapshot;
  readonly ours: Snapshot;
}

/**
 * Puts aside what differs in a body without being anybody's edit: a body that
 * was never read, and our own words as Notion says them back.
 * @param sent the body that we last sent, if it is not known what became of it
 */
export function withBodiesAligned(entity: Entity, versions: Versions, sent: Value | undefined): Versions {
  const name = bodyField(entity);
  if (name === undefined) return versions;
  const { agreed, theirs, ours } = versions;
  const [said, own] = [theirs.fields[name], ours.fields[name] ?? null];
  const set = (body: Value, ...sides: readonly (keyof Versions)[]): Versions => {
    const withBody = <T extends Content>(side: T): T => ({ ...side, fields: { ...side.fields, [name]: body } });
    return {
      agreed: agreed && sides.includes('agreed') ? withBody(agreed) : agreed,
      theirs: sides.includes('theirs') ? withBody(theirs) : theirs,
      ours: sides.includes('ours') ? withBody(ours) : ours,
    };
  };
  // Never read: whatever SQL says, the page keeps its own.
  if (said === undefined) return set(own, 'agreed', 'theirs');
  // Read for the first time, while SQL has none: nobody cleared it.
  if (!(agreed && name in agreed.fields) && own === null) return set(said, 'agreed', 'ours');
  if (sent === undefined || !isReworded(said, sent)) return versions;
  return sameValue(own, sent) ? set(said, 'agreed', 'ours') : set(said, 'agreed');
}

/** Whether two bodies have the same words in the same order: Notion has its own way of writing Markdown. */
function isReworded(said: Value, sent: Value): boolean {
  const words = wordsOf(sent);
  return !sameValue(said, sent) && words !== '' && words === wordsOf(said);
}

const wordsOf = (body: Value): string =>
  typeof body === 'string' ? body.replace(/<[^<>]*>/g, '').replace(/[^\p{L}\p{N}]+/gu, '') : '';
