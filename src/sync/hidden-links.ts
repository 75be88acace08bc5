import { type Named, type RelationField, relationFields } from '../entities/define.ts';
import { readAgreedStates } from './agreed-states.ts';
import { inParallel } from './in-parallel.ts';
import type { RemoteRecord, SyncContext, SyncState } from './ports.ts';
import type { Fields, Value } from './types.ts';
import { unansweredValues } from './unanswered.ts';

/**
 * Notion leaves pages out of a relation that are in the trash or not shared with
 * the integration. The link still exists: it is visible again once the page is
 * restored or shared.
 */

const pagesIn = (value: Value | undefined): readonly string[] => [value ?? []].flat().map(String);

/**
 * Adds the agreed links that a page does not show because their targets are hidden.
 * @param known the agreed states of the records, if they were read already
 */
export async function withHiddenLinks(
  context: SyncContext,
  records: readonly RemoteRecord[],
  known?: ReadonlyMap<string, SyncState>,
): Promise<readonly RemoteRecord[]> {
  const fields = relationFields(context.entity);
  if (!context.remote.supports.hiddenLinks || fields.length === 0 || records.length === 0) return records;
  const states = known ?? (await readAgreedStates(context.local, records));
  const lost = records.map((record) => lostLinks(fields, record, states.get(record.remoteId)));
  const links = lost.flatMap((byField) => Object.values(byField).flatMap(linksIn));
  const hidden = await hiddenAmong(context, links);
  return records.map((record, at) => withLinks(fields, record, lost[at] ?? {}, hidden));
}

/** The links of one field that a page does not show. */
interface Lost {
  readonly agreed: readonly string[];
  /** Those of unanswered writes, each of which has arrived if the others are hidden: the page shows a part of it. */
  readonly sent: readonly (readonly string[])[];
}

type LostByField = Readonly<Record<string, Lost>>;

const linksIn = ({ agreed, sent }: Lost): readonly string[] => [...agreed, ...sent.flat()];

/** A to-one relation may link to another page now. */
function lostLinks(fields: Named<RelationField>, record: RemoteRecord, state: SyncState | undefined): LostByField {
  if (!state) return {};
  const isWritten = record.editedByUs && record.editedAt > state.remoteEditedAt;
  return Object.fromEntries(
    fields.map(([name, { kind }]): [string, Lost] => {
      const shown = pagesIn(record.fields[name]);
      const base = pagesIn(state.base[name]);
      if (kind === 'relation_one' && shown.length > 0) return [name, { agreed: [], sent: [] }];
      const without = (links: readonly string[]): string[] => links.filter((remoteId) => !shown.includes(remoteId));
      const hasArrived = isWritten || shown.some((remoteId) => !base.includes(remoteId));
      const sent = hasArrived ? unansweredValues(state, name).map(pagesIn) : [];
      const parts = sent.filter((links) => shown.every((remoteId) => links.includes(remoteId))).map(without);
      return [name, { agreed: without(base), sent: parts.filter(({ length }) => length > 0) }];
    }),
  );
}

function withLinks(
  fields: Named<RelationField>,
  record: RemoteRecord,
  lost: LostByField,
  hidden: ReadonlySet<string>,
): RemoteRecord {
  const completed = fields.flatMap(([name, { kind }]): [string, Value][] => {
    const { agreed, sent } = lost[name] ?? { agreed: [], sent: [] };
    const arrived = sent.find((links) => links.every((remoteId) => hidden.has(remoteId)));
    const kept = arrived ?? agreed.filter((remoteId) => hidden.has(remoteId));
    if (kept.length === 0) return [];
    return [[name, kind === 'relation_one' ? (kept[0] ?? null) : [...pagesIn(record.fields[name]), ...kept].sort()]];
  });
  return completed.length === 0
    ? record
    : { ...record, fields: { ...record.fields, ...Object.fromEntries(completed) } };
}

/** The first link to a page that is hidden or does not exist, by field. Notion may refuse such a link. */
export async function hiddenLinks(context: SyncContext, fields: Fields): Promise<Readonly<Record<string, string>>> {
  const links = relationFields(context.entity).flatMap(([name]) =>
    pagesIn(fields[name]).map((remoteId) => ({ name, remoteId })),
  );
  const hidden = await hiddenAmong(
    context,
    links.map(({ remoteId }) => remoteId),
  );
  return Object.fromEntries(
    links
      .filter(({ remoteId }) => hidden.has(remoteId))
      .reverse()
      .map(({ name, remoteId }) => [name, remoteId]),
  );
}

async function hiddenAmong(
  { remote, policy, progress }: SyncContext,
  remoteIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const hidden = new Set<string>();
  await inParallel([...new Set(remoteIds)], policy.concurrency, async (remoteId) => {
    if (await remote.isHidden(remoteId)) hidden.add(remoteId);
    progress();
  });
  return hidden;
}
