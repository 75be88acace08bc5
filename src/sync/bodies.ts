import { bodyField, type Entity } from '../entities/define.ts';
import { inParallel } from './in-parallel.ts';
import type { Content, RemoteEntity, RemoteRecord, SyncContext, SyncState } from './ports.ts';
import { changedFields, isSameValue } from './reconcile.ts';
import type { Fields, Snapshot, Value } from './types.ts';

/**
 * A listing has no page bodies, and reading one costs a request per page. A
 * listed record therefore gets its body here: from the base if it cannot have
 * changed since, otherwise by reading it. A body that cannot be read counts as
 * unchanged, so it is neither overwritten nor cleared.
 */

const isBodiless = ({ bodyReadAt, trashed }: RemoteRecord): boolean => bodyReadAt === null && !trashed;

/** The clock's resolution hides an edit just after the read; the second interval covers the index delay. */
const isBodyCurrent = ({ editGrainMs }: RemoteEntity, { bodyReadAt, remoteEditedAt }: SyncState): boolean =>
  bodyReadAt !== null && bodyReadAt.getTime() >= remoteEditedAt.getTime() + 2 * editGrainMs;

/** Adds the bodies to listed records. */
export async function withBodies(
  { entity, remote, policy, progress }: SyncContext,
  records: readonly RemoteRecord[],
  states: ReadonlyMap<string, SyncState>,
): Promise<readonly RemoteRecord[]> {
  const unread = remote.supports.bodies ? records.filter(isBodiless) : [];
  const completed = new Map(records.map((record) => [record.remoteId, record]));
  await inParallel(unread, policy.concurrency, async (record) => {
    const state = states.get(record.remoteId);
    const isKnown = state && record.editedAt <= state.remoteEditedAt && isBodyCurrent(remote, state);
    completed.set(record.remoteId, isKnown ? withBodyOf(entity, record, state) : await remote.readBody(record));
    progress();
  });
  return [...completed.values()];
}

const withBodyOf = (entity: Entity, record: RemoteRecord, { base, bodyReadAt }: SyncState): RemoteRecord => ({
  ...record,
  fields: { ...record.fields, ...pickBody(entity, base) },
  bodyReadAt,
});

/** The body field alone; empty if the body was never read. */
function pickBody(entity: Entity, fields: Fields): Fields {
  const name = bodyField(entity);
  return name !== undefined && name in fields ? { [name]: fields[name] ?? null } : {};
}

/** A record's fields; a body that was not read is taken from the base. */
export const withAgreedBody = (entity: Entity, { fields, bodyReadAt }: RemoteRecord, base: Fields): Fields =>
  bodyReadAt === null ? { ...fields, ...pickBody(entity, base) } : fields;

/** The fields in which a record differs from what it is expected to hold. A body that was not read counts as unchanged. */
export function editedFields(entity: Entity, expected: Fields, record: RemoteRecord): readonly string[] {
  const name = bodyField(entity);
  const edited = changedFields(expected, withAgreedBody(entity, record, expected));
  return edited.filter((field) => field !== name || field in expected);
}

/** Removes a body that only stood in for one that was never read: it must not become part of the base. */
export function withoutUnreadBody(entity: Entity, content: Content, remoteFields: Fields): Content {
  const name = bodyField(entity);
  if (name === undefined || name in remoteFields) return content;
  const { [name]: _, ...fields } = content.fields;
  return { ...content, fields };
}

/** Whether SQL has a body for a page whose own body was never read. It is sent once both can be compared. */
export const isBodyPending = (entity: Entity, row: Fields, remoteFields: Fields): boolean => {
  const name = bodyField(entity);
  return name !== undefined && !(name in remoteFields) && (row[name] ?? null) !== null;
};

/** The body as the remote side returned it after a write; empty if it returned none. */
export const remoteBody = (entity: Entity, page: RemoteRecord | null): Fields =>
  page?.bodyReadAt ? pickBody(entity, page.fields) : {};

/** The three versions of a record that a decision is based on. */
export interface Versions {
  readonly base: Content | null;
  readonly remote: Snapshot;
  readonly sql: Snapshot;
}

/**
 * Removes body differences that are not edits: a body that was never read, and
 * our own text as Notion rewrote it.
 * @param unanswered the bodies of requests whose outcome is unknown
 */
export function withBodiesAligned(entity: Entity, versions: Versions, unanswered: readonly Value[]): Versions {
  const name = bodyField(entity);
  if (name === undefined) return versions;
  const { base, remote, sql } = versions;
  const [remoteValue, sqlValue] = [remote.fields[name], sql.fields[name] ?? null];
  const set = (body: Value, ...sides: readonly (keyof Versions)[]): Versions => {
    const withBody = <T extends Content>(side: T): T => ({ ...side, fields: { ...side.fields, [name]: body } });
    return {
      base: base && sides.includes('base') ? withBody(base) : base,
      remote: sides.includes('remote') ? withBody(remote) : remote,
      sql: sides.includes('sql') ? withBody(sql) : sql,
    };
  };
  // Never read: the page keeps its body, whatever SQL has.
  if (remoteValue === undefined) return set(sqlValue, 'base', 'remote');
  // Read for the first time while SQL has none: nobody cleared it.
  if (!(base && name in base.fields) && sqlValue === null) return set(remoteValue, 'base', 'sql');
  const sent = unanswered.find((body) => isReworded(remoteValue, body));
  if (sent === undefined) return versions;
  return isSameValue(sqlValue, sent) ? set(remoteValue, 'base', 'sql') : set(remoteValue, 'base');
}

/** Whether two different bodies have the same words in the same order: Notion rewrites Markdown in its own style. */
function isReworded(body: Value, sent: Value): boolean {
  const words = wordsOf(sent);
  return !isSameValue(body, sent) && words !== '' && words === wordsOf(body);
}

const wordsOf = (body: Value): string =>
  typeof body === 'string' ? body.replace(/<[^<>]*>/g, '').replace(/[^\p{L}\p{N}]+/gu, '') : '';
