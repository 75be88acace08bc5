import type { Entity } from '../entities/define.ts';
import { FinalError } from '../errors.ts';
import type { ArchiveDirection, BrakeState, BrakeStore } from './brake-port.ts';
import type { Issue, LocalRecord, LocalTransaction, LocalWrite, Policy, RemoteRecord, SyncContext } from './ports.ts';

/** This many records of an entity may be archived at once, however few it has. */
export const ARCHIVE_FLOOR = 20;

/** Archives within this time count as made at once. */
const WINDOW_MS = 3_600_000;

/** What the brake depends on. A feature that archives without a sync has these, too. */
export interface BrakeContext {
  readonly clock: { now(): Date };
  readonly policy: Pick<Policy, 'archiveFloor' | 'acceptArchive'>;
}

/** How many of an entity's live records may be archived at once (rule 5). */
export const archiveLimit = (live: number, { archiveFloor }: Pick<Policy, 'archiveFloor'>): number =>
  Math.max(archiveFloor, Math.floor(live / 10));

/** Decides which of these records may be archived: those that passed before, and all of the others or none. */
export function applyBrake(brake: BrakeState, candidates: readonly string[], policy: BrakeContext['policy']) {
  const passed = new Set(brake.passed.map(({ recordId }) => recordId));
  const waiting = new Set(brake.held.map(({ recordId }) => recordId));
  const fresh = candidates.filter((recordId) => !passed.has(recordId) && !waiting.has(recordId));
  const count = countAtOnce(brake, fresh);
  const limit = limitOf(brake, policy);
  const isStopped = count > limit && !policy.acceptArchive;
  return {
    /** May be archived, and count from now on. */
    toPass: policy.acceptArchive ? candidates.filter((recordId) => !passed.has(recordId)) : isStopped ? [] : fresh,
    /** Have to wait from now on. */
    toHold: isStopped ? fresh : [],
    /** Have to wait, `toHold` included. */
    held: policy.acceptArchive ? [] : candidates.filter((id) => waiting.has(id) || (isStopped && fresh.includes(id))),
    reason: `${count} records within an hour, more than the ${limit} that may be archived at once`,
  };
}

/** How many of an entity's records may still be archived within the hour, by a path that asks before it archives. */
export async function readArchiveRoom(store: BrakeStore): Promise<number> {
  const brake = await store.readBrake(windowStart(new Date()));
  return Math.max(0, limitOf(brake, { archiveFloor: ARCHIVE_FLOOR }) - countAtOnce(brake, []));
}

/** What passed recently was live an hour ago. */
const limitOf = (brake: BrakeState, policy: Pick<Policy, 'archiveFloor'>): number =>
  archiveLimit(brake.live + recent(brake).length, policy);

const recent = ({ passed }: BrakeState): string[] =>
  passed.flatMap(({ recordId, approved }) => (approved ? [] : [recordId]));

const countAtOnce = (brake: BrakeState, fresh: readonly string[]): number =>
  new Set([...recent(brake), ...brake.held.map(({ recordId }) => recordId), ...fresh]).size;

/**
 * Every path that archives asks this. The records that it returns must not be archived: they wait for an approval,
 * which is stored in the same transaction. The others count as archived from now on.
 */
export async function askBrake(
  { clock, policy }: BrakeContext,
  store: BrakeStore,
  direction: ArchiveDirection,
  recordIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (recordIds.length === 0) return new Set();
  const now = clock.now();
  const { toPass, toHold, held, reason } = applyBrake(await store.readBrake(windowStart(now)), recordIds, policy);
  if (toPass.length > 0) await store.passArchives(toPass, now, policy.acceptArchive);
  if (toHold.length > 0) await store.holdArchives(direction, toHold, reason);
  return new Set(held);
}

/** Asks about pages in the trash, all at once. @returns the remote ids of the records that must wait */
export async function askInbound(
  context: SyncContext,
  tx: LocalTransaction,
  found: readonly LocalRecord[],
  writes: readonly LocalWrite[],
): Promise<ReadonlySet<string>> {
  const localById = new Map(found.map((local) => [local.recordId, local]));
  const remoteIdById = new Map<string, string>();
  for (const { recordId, state } of writes) {
    const local = localById.get(recordId);
    const isArchived = state?.archived && local?.state && !local.state.archived && !local.row?.archived;
    if (isArchived) remoteIdById.set(recordId, state.remoteId);
  }
  const held = await askBrake(context, tx, 'inbound', [...remoteIdById.keys()]);
  return new Set([...held].flatMap((recordId) => remoteIdById.get(recordId) ?? []));
}

/** Whether SQL may archive this record on the remote side. */
export async function mayArchive(context: SyncContext, recordId: string): Promise<boolean> {
  const held = await context.local.transaction((tx) => askBrake(context, tx, 'outbound', [recordId]));
  return !held.has(recordId);
}

/** With `acceptArchive`, approves what waits in this direction. */
export async function acceptHeld({ local, clock, policy }: SyncContext, direction: ArchiveDirection): Promise<void> {
  if (policy.acceptArchive) await local.transaction((tx) => tx.closeApproval(direction, 'accepted', clock.now()));
}

/** Asks about all rows that SQL archived and that were not sent yet, so that many are stopped before the first is sent. */
export async function askOutbound(context: SyncContext): Promise<void> {
  const recordIds = await context.local.readArchiving();
  if (recordIds.length === 0) return;
  await context.local.transaction((tx) => askBrake(context, tx, 'outbound', recordIds));
}

/** After a batch was planned: the records whose page was restored, or whose row is not archived any more, wait no longer. */
export async function releaseRestored(
  context: SyncContext,
  tx: LocalTransaction,
  found: readonly LocalRecord[],
  { records, writes }: { readonly records: readonly RemoteRecord[]; readonly writes: readonly LocalWrite[] },
): Promise<void> {
  const waiting = found.filter(({ held = [] }) => held.length > 0);
  if (waiting.length === 0) return;
  const trashed = new Map(records.map((record) => [record.remoteId, record.trashed]));
  const archived = new Map(writes.flatMap(({ recordId, row }) => (row ? [[recordId, row.archived]] : [])));
  const isLive = ({ recordId, row }: LocalRecord): boolean => !(archived.get(recordId) ?? row?.archived);
  const isReleased = {
    inbound: (local: LocalRecord) => !isLive(local) || trashed.get(local.state?.remoteId ?? '') === false,
    outbound: isLive,
  };
  for (const direction of ['inbound', 'outbound'] as const) {
    const released = waiting.filter((local) => local.held?.includes(direction) && isReleased[direction](local));
    await release(context, tx, direction, released);
  }
}

/** Of a batch of rows to send: the rows that SQL has restored wait no longer. @returns those that still wait */
export async function releaseUnarchived(
  context: SyncContext,
  records: readonly LocalRecord[],
): Promise<ReadonlySet<string>> {
  const waiting = records.filter(({ held = [] }) => held.length > 0);
  const released = waiting.filter(({ held, row }) => held?.includes('outbound') && !row?.archived);
  if (released.length > 0) await context.local.transaction((tx) => release(context, tx, 'outbound', released));
  const isFree = (record: LocalRecord): boolean => released.includes(record) && record.held?.length === 1;
  return new Set(waiting.filter((record) => !isFree(record)).map(({ recordId }) => recordId));
}

/** An approval lapses when few enough records are left; these are archived then. */
async function release(
  { clock, policy }: BrakeContext,
  store: BrakeStore,
  direction: ArchiveDirection,
  records: readonly LocalRecord[],
): Promise<void> {
  if (records.length === 0) return;
  await store.releaseArchives(
    direction,
    records.map(({ recordId }) => recordId),
  );
  const now = clock.now();
  const brake = await store.readBrake(windowStart(now));
  const isEmpty = brake.held.every((record) => record.direction !== direction);
  if (isEmpty || countAtOnce(brake, []) <= limitOf(brake, policy)) await store.closeApproval(direction, 'lapsed', now);
}

const windowStart = (now: Date): Date => new Date(now.getTime() - WINDOW_MS);

/** @throws FinalError while records of this direction wait for an approval */
export async function failWhileHeld({ entity, local }: SyncContext, direction: ArchiveDirection): Promise<void> {
  const approval = await local.readApproval(direction);
  if (approval) throw tooManyArchived(entity, direction, approval);
}

/** Runs a sync that does not fail because of archives that wait. @returns the issue that says so */
export async function orHeldIssue({ entity }: SyncContext, work: () => Promise<void>): Promise<readonly Issue[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (!(error instanceof FinalError && error.code === TOO_MANY_ARCHIVED)) throw error;
    return [{ code: error.code, message: error.message, record: entity.name }];
  }
}

const TOO_MANY_ARCHIVED = 'too_many_archived';

const tooManyArchived = (
  entity: Entity,
  direction: ArchiveDirection,
  { records, reason }: { readonly records: number; readonly reason: string },
): FinalError => {
  const name = entity.name;
  const what = direction === 'inbound' ? 'whose pages are in the trash' : 'that were archived in SQL';
  return new FinalError(
    TOO_MANY_ARCHIVED,
    `${name}: ${records} records ${what} wait for an approval: ${reason}. To archive them, run lockstep approvals accept ${name} (or ${acceptCommand(entity, direction)}); to restore them, run lockstep approvals refuse ${name}`,
  );
};

function acceptCommand({ name, remote }: Entity, direction: ArchiveDirection): string {
  const calendarSync = direction === 'inbound' ? 'calendar-google-to-sql' : 'calendar-sql-to-google';
  return `lockstep sync ${remote ? calendarSync : `--entity ${name}`} --accept-archive`;
}
