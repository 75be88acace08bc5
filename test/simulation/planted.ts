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

export const plantedBugs: readonly PlantedBug[] = [
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
    find: '{ ...state, sending }',
    replace: '{ ...state, base: fields, archived }',
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
    find: '? await completeListed(context, records)',
    replace: '? await completeListed(context, []).then(() => withHiddenLinks(context, records))',
  },
  {
    name: 'a sweep that trusts an incomplete scan',
    file: 'inbound.ts',
    find: 'found.push(record);',
    replace: 'found.push({ ...record, trashed: true });',
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
    find: 'page?.bodyReadAt ?',
    replace: 'page === null ?',
  },
  {
    name: '404 taken for a delete',
    file: 'inbound.ts',
    find: 'unreachable += 1;',
    replace:
      'found.push({ pageId, fields: {}, trashed: true, createdAt: new Date(0), editedAt: context.clock.now(), syncKey: null, madeByUs: false, editedByUs: false, backLinks: {} });',
  },
];

/** The engine with one bug. */
export async function plant(bug: PlantedBug): Promise<Engine> {
  const folder = plantIn('sync', bug);
  const [inbound, outbound] = await Promise.all([import(`${folder}inbound.ts`), import(`${folder}outbound.ts`)]);
  return {
    syncInbound: inbound.syncInbound,
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
