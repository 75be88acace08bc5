import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine } from './engine.ts';

/** A well-known bug of sync engines, as a change to the source of ours. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const plantedProtocol: readonly PlantedBug[] = [
  {
    name: 'no intent before create',
    file: 'creation.ts',
    find: 'await tx.openIntents(intents, clock.now());',
    replace: '',
  },
  {
    name: 'no lookup on retry',
    file: 'creation.ts',
    find: 'records.filter((record) => record.intent && !record.intent.closedAt)',
    replace: 'records.filter(() => false)',
  },
  {
    name: 'watermark from the local clock',
    file: 'inbound.ts',
    find: 'watermark: newest, unsettledUntil',
    replace: 'watermark: context.clock.now(), unsettledUntil',
  },
  {
    name: 'the watermark settled at once',
    file: 'inbound.ts',
    find: 'editGrainMs + OVERLAP_MS + MAX_RESPONSE_MS',
    replace: '0',
  },
  {
    name: 'base written before the push',
    file: 'push-row.ts',
    find: 'storeSending(context, recordId, state, sending)',
    replace: 'storeSending(context, recordId, state, { ...state, base: fields, archived })',
  },
  {
    name: 'comparing times only',
    file: 'reconcile.ts',
    find: 'if (base && isSameContent(base, sqlContent))',
    replace: 'if (!base && isSameContent(remoteContent, sqlContent))',
  },
  {
    name: 'adoption left out',
    file: 'plan-batch.ts',
    find: 'if (owner && !owner.state && owner.row && isTemporaryId(owner.row.remoteId))',
    replace: 'if (owner && owner.row === null && owner.state === null)',
  },
  {
    name: 'ignoring index lag when looking for a lost creation',
    file: 'creation.ts',
    find: '>= remote.creationLagMs',
    replace: '>= 0',
  },
  {
    name: 'ignoring index lag when reading changes',
    file: 'absorb.ts',
    find: '? await completeListed(context, readable)',
    replace: '? await completeListed(context, []).then(() => withHiddenLinks(context, readable))',
  },
  {
    name: 'a sweep that trusts an incomplete scan',
    file: 'inbound.ts',
    find: 'if (record) found.push(record);',
    replace: 'if (record) found.push({ ...record, trashed: true });',
  },
  {
    name: 'a body that was read within the minute of an edit is trusted',
    file: 'bodies.ts',
    find: ' + 2 * editGrainMs',
    replace: '',
  },
  {
    name: 'a body that cannot be read is taken for an empty one',
    file: 'bodies.ts',
    find: '{ ...fields, ...pickBody(entity, base) }',
    replace: '{ ...fields, body: null }',
  },
  {
    name: 'what was sent is agreed, whatever Notion made of it',
    file: 'bodies.ts',
    find: 'page?.bodyReadAt ? pickBody(entity, page.fields) : {}',
    replace: '({})',
  },
  {
    name: '404 taken for a delete',
    file: 'inbound.ts',
    find: 'else unreachable += 1;',
    replace:
      'else found.push({ remoteId, fields: {}, trashed: true, createdAt: new Date(0), editedAt: context.clock.now(), syncKey: null, createdByUs: false, editedByUs: false, backLinks: {} });',
  },
];

/** Bugs of decisions: who wins, what is restored, what is asked. */
const plantedDecisions: readonly PlantedBug[] = [
  {
    name: 'a tie goes to SQL',
    file: 'reconcile.ts',
    find: "if (ahead >= editGrainMs) return { winner: 'sql'",
    replace: "if (ahead >= 0) return { winner: 'sql'",
  },
  {
    name: 'all fields of a row are written, not only the edited ones',
    file: 'push-row.ts',
    find: 'const edited = pick(fields, changedFields(state.base, fields));',
    replace: 'const edited = fields;',
  },
  {
    name: 'an edit made while sending is cleared',
    file: 'record-sent.ts',
    find: 'toSentWrite(context, { record, row: record.row }',
    replace: 'toSentWrite(context, { record: { ...record, editSeq: current.editSeq }, row: record.row }',
  },
  {
    name: 'a late answer is believed',
    file: 'record-sent.ts',
    find: 'if (page && !isSending(state, sentAt)) return;',
    replace: '',
  },
  {
    name: 'no fence for late writes',
    file: 'unanswered.ts',
    find: 'for (const write of state.lateWrites) known =',
    replace: 'for (const write of [] as typeof state.lateWrites) known =',
  },
  {
    name: 'whether a write arrived is not asked',
    file: 'unanswered.ts',
    find: 'if (state.sending) known =',
    replace: 'if (!state) known =',
  },
  {
    name: 'the restored status is always the default',
    file: 'archival.ts',
    find: 'state?.statusBeforeArchive ?? null',
    replace: "'Todo'",
  },
  {
    name: "a user's Duplicate is moved to the trash as our own",
    file: 'plan-batch.ts',
    find: 'if (!madeByUs || !intent) return false;',
    replace: 'if (!intent) return false;',
  },
  {
    name: 'listings do not overlap',
    file: 'plan-batch.ts',
    find: 'export const OVERLAP_MS = 120_000;',
    replace: 'export const OVERLAP_MS = 0;',
  },
  {
    name: 'no archive brake',
    file: 'brake.ts',
    find: 'if (recordIds.length === 0) return new Set();',
    replace: 'if (recordIds.length >= 0) return new Set();',
  },
  {
    name: 'the archive brake is asked on one path only',
    file: 'brake.ts',
    find: 'if (recordIds.length === 0) return new Set();',
    replace: "if (recordIds.length === 0 || direction === 'outbound') return new Set();",
  },
  {
    name: 'changes are read newest first',
    file: 'inbound.ts',
    find: 'const batch = await listing.changedSince(since, next);',
    replace: `const all: RemoteRecord[] = [];
    for (let at: string | null = null; ; ) {
      const part: Awaited<ReturnType<typeof listing.changedSince>> = await listing.changedSince(since, at);
      all.push(...part.records);
      if (!part.next) break;
      at = part.next;
    }
    const newestFirst = all.reverse().slice(Number(next ?? 0), Number(next ?? 0) + 3);
    const batch = { records: newestFirst, next: Number(next ?? 0) + 3 < all.length ? String(Number(next ?? 0) + 3) : null };`,
  },
  {
    name: 'a merge of fields takes the loser',
    file: 'reconcile.ts',
    find: "const winner = newer.winner === 'sql' ? sqlContent : remoteContent;",
    replace: "const winner = newer.winner === 'sql' ? remoteContent : sqlContent;",
  },
  {
    name: 'hidden links are taken for removed ones',
    file: 'hidden-links.ts',
    find: '!context.remote.supports.hiddenLinks ||',
    replace: 'context.remote.supports.hiddenLinks ||',
  },
  {
    name: 'the archived status is compared by case',
    file: 'archival.ts',
    find: 'isSpelledAlike(status, archivedStatus)',
    replace: 'status === archivedStatus',
  },
];

/** Bugs of writes that rely on a listing instead of a read. */
const plantedBulk: readonly PlantedBug[] = [
  {
    name: 'a look is never renewed',
    file: 'batch-look.ts',
    find: 'const MAX_AGE_MS = 10_000;',
    replace: 'const MAX_AGE_MS = Number.POSITIVE_INFINITY;',
  },
  {
    name: 'the first look starts when it is taken',
    file: 'batch-look.ts',
    find: 'new BatchLook(context, remote.listing, readFrom(context, source))',
    replace: 'new BatchLook(context, remote.listing, remote.now())',
  },
  {
    name: 'what a look lists is written all the same',
    file: 'batch-look.ts',
    find: '|| this.#edited.has(remoteId)',
    replace: '',
  },
  {
    name: 'other fields in the answer to a write are not compared',
    file: 'push-row.ts',
    find: 'if (result.isUnread && isEditedBeside(state, edited, result.record))',
    replace: 'if (result.isUnread && !state)',
  },
  {
    name: 'a field is written without what SQL cannot express of it',
    file: 'batch-look.ts',
    find: 'state.unexpressed?.includes(name) === false',
    replace: 'state.unexpressed !== undefined',
  },
];

/** Bugs of arrays, for a world that has them. */
export const plantedListBugs: readonly PlantedBug[] = [
  {
    name: 'the newest array wins as a whole',
    file: 'merge-lists.ts',
    find: 'const isRemoved = ',
    replace: 'if (winner) return [...winner];\n  const isRemoved = ',
  },
  {
    name: 'an element that one side removed comes back',
    file: 'merge-lists.ts',
    find: 'base.includes(item) && !loser.includes(item)',
    replace: 'false',
  },
  {
    name: 'links that both sides changed go to the newest edit',
    file: 'archival.ts',
    find: '{ linkFields: linkListFields(entity) }',
    replace: '{}',
  },
  {
    name: 'the e-mail of a person stays in the row',
    file: 'outgoing.ts',
    find: 'Array.isArray(value) && value.some(isEmail)',
    replace: 'false',
  },
];

/** Every planted bug of the engine. */
export const plantedBugs: readonly PlantedBug[] = [...plantedProtocol, ...plantedDecisions, ...plantedBulk];

/** The engine with one bug. */
export async function plant(bug: PlantedBug): Promise<Engine> {
  const folder = plantIn('sync', bug);
  const [inbound, withEdits, outbound] = await Promise.all([
    import(`${folder}inbound.ts`),
    import(`${folder}inbound-with-edits.ts`),
    import(`${folder}outbound.ts`),
  ]);
  return {
    syncInbound: withEdits.syncInboundWithEdits,
    resolvePending: inbound.resolvePending,
    syncOutbound: outbound.syncOutbound,
  };
}

const plantedFolder = fileURLToPath(new URL('./.planted/', import.meta.url));

/** Plants a bug in a copy of a folder of `src`. @returns the copy */
export function plantIn(
  part: 'sync' | 'google' | 'features/task-events' | 'features/para',
  { name, file, find, replace }: PlantedBug,
): string {
  const source = fileURLToPath(new URL(`../../src/${part}/`, import.meta.url));
  const folder = `${plantedFolder}${name.replaceAll(/[^a-z0-9]+/gi, '-')}/`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(source, folder, { recursive: true });
  for (const copied of readdirSync(folder)) {
    const text = readFileSync(folder + copied, 'utf8');
    if (copied === file && !text.includes(find))
      throw new Error(`${file} no longer has the text "${find}", in which "${name}" is planted`);
    const planted = copied === file ? text.replace(find, () => replace) : text;
    writeFileSync(
      folder + copied,
      planted.replaceAll(/from '(\.\.\/[^']*)'/g, (_, path: string) => `from '${join(source, path)}'`),
    );
  }
  return folder;
}
