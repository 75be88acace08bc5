import { bodyField } from '../entities/define.ts';
import { RecordError } from '../errors.ts';
import { toRemoteSnapshot } from './archival.ts';
import type { BatchLook } from './batch-look.ts';
import { omit } from './fields.ts';
import { hiddenLinks, withHiddenLinks } from './hidden-links.ts';
import type { Content, RemoteRecord, SyncContext, SyncState } from './ports.ts';
import { isSameContent } from './reconcile.ts';
import type { RemoteChange, UpdateResult } from './update-port.ts';

export interface SendContext extends SyncContext {
  /** One look for many writes; null: each record is read. */
  readonly look: BatchLook | null;
}

/**
 * Sends a change. Fields whose links Notion refuses are left out and returned in `refused`.
 * @throws RecordError if nothing of it can be written
 */
export async function sendChange(
  context: SendContext,
  recordId: string,
  state: SyncState,
  change: RemoteChange,
): Promise<UpdateResult> {
  const bodyName = bodyField(context.entity);
  // A body has a request of its own, which would be written before Notion refuses the links.
  if (bodyName !== undefined && change.fields && bodyName in change.fields)
    return sendWithoutHidden(context, recordId, state, change);
  try {
    return await updateAsAgreed(context, state, change);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return sendWithoutHidden(context, recordId, state, change, error);
  }
}

/** @param refusal thrown if no hidden link explains it */
async function sendWithoutHidden(
  context: SendContext,
  recordId: string,
  state: SyncState,
  change: RemoteChange,
  refusal?: RecordError,
): Promise<UpdateResult> {
  const { fields = {}, ...others } = change;
  const refused = refusals(context, recordId, await hiddenLinks(context, fields));
  const [first] = Object.values(refused);
  if (!first && refusal) throw refusal;
  const sendable = omit(fields, Object.keys(refused));
  const rest: RemoteChange = Object.keys(sendable).length > 0 ? { ...others, fields: sendable } : others;
  if (first && Object.keys(rest).length === 0) throw first;
  const result = await updateAsAgreed(context, state, rest);
  return result.kind === 'updated' && first ? { ...result, refused: { ...result.refused, ...refused } } : result;
}

const refusals = (
  { entity }: SyncContext,
  recordId: string,
  hidden: Readonly<Record<string, string>>,
): Record<string, RecordError> =>
  Object.fromEntries(
    Object.entries(hidden).map(([name, remoteId]) => [
      name,
      new RecordError(
        'link_hidden',
        `${entity.name}: row ${recordId}: "${entity.fields[name]?.property ?? name}" links to page ${remoteId}, which is in the trash, not shared with the integration or not a page, so Notion refuses it; the edit is pending. Restore or share that page, or remove the link.`,
      ),
    ]),
  );

/** Writes only if the page still has the agreed content. Hidden links count as present. */
async function updateAsAgreed(context: SendContext, state: SyncState, change: RemoteChange): Promise<UpdateResult> {
  const { entity, remote, look } = context;
  const isAs = (content: Content) => (record: RemoteRecord) =>
    isSameContent(toRemoteSnapshot(entity, record, state), content);
  const isAsAgreed = isAs({ fields: state.base, archived: state.archived });
  const read = { kind: 'read', isExpected: isAsAgreed } as const;
  const result = await remote.update(state.remoteId, change, look?.preconditionOf(state, change, isAsAgreed) ?? read);
  if (result.kind !== 'changed') return result;
  const [complete = result.record] = await withHiddenLinks(context, [result.record]);
  if (!isAsAgreed(complete)) return { kind: 'changed', record: complete };
  const isAsRead = isAs(toRemoteSnapshot(entity, result.record, state));
  return remote.update(state.remoteId, change, { kind: 'read', isExpected: isAsRead });
}
