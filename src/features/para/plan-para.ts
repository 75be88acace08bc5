import { ARCHIVE_FLOOR, archiveLimit } from '../../sync/brake.ts';
import { normalName, type ParaFolder, type ParaReading, type ParaType } from './para-folder.ts';

/** A tag as it is in SQL. */
export interface KnownTag {
  readonly recordId: string;
  /** The identity of its folder; null if it never had one. */
  readonly identity: string | null;
  readonly name: string;
  readonly type: string | null;
  readonly parentRecordId: string | null;
  /** Whether the parent was set because of the folder, not by a person. */
  readonly parentFromFolder: boolean;
  readonly archived: boolean;
}

/** Parents are named by their folder, since their tag may be created in the same plan. */
export type ParaChange =
  | { readonly kind: 'create'; readonly folder: ParaFolder }
  | { readonly kind: 'adopt'; readonly recordId: string; readonly identity: string }
  | { readonly kind: 'restore'; readonly recordId: string }
  | { readonly kind: 'rename'; readonly recordId: string; readonly name: string }
  | { readonly kind: 'retype'; readonly recordId: string; readonly type: ParaType }
  | { readonly kind: 'reparent'; readonly recordId: string; readonly parentIdentity: string | null }
  | { readonly kind: 'archive'; readonly recordId: string };

export type ParaPlan =
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'planned'; readonly changes: readonly ParaChange[] };

/** By folder identity. */
type Owners = ReadonlyMap<string, KnownTag>;

/**
 * Plans the changes that make the tags match the folders. Pure: nothing is read
 * or written. A tag takes the name, type and area of its folder; but
 * a folder outside all areas does not change a parent that a person has set.
 * Parents come first, and `create` comes before changes that refer to it.
 */
export function planPara(
  known: readonly KnownTag[],
  reading: ParaReading,
  { acceptArchive = false }: { readonly acceptArchive?: boolean } = {},
): ParaPlan {
  if (reading.kind === 'missing') return { kind: 'refused', message: reading.message };
  const folders = reading.folders.toSorted((a, b) => depth(a) - depth(b));
  const owners = matchTags(known, folders);
  const owned = new Set(owners.values());
  const live = known.filter((tag) => !tag.archived);
  const orphaned = live.filter((tag) => tag.identity !== null && !owned.has(tag));
  const limit = archiveLimit(live.length, { archiveFloor: ARCHIVE_FLOOR });
  if (orphaned.length > limit && !acceptArchive) {
    return {
      kind: 'refused',
      message: `tags: the folders of ${orphaned.length} tags are missing from LOCKSTEP_PARA_ROOT, more than the ${limit} that may be archived at once, so no tag was changed. If they were removed on purpose, run lockstep sync areas-sql-to-notion resources-sql-to-notion --accept-archive`,
    };
  }
  return {
    kind: 'planned',
    changes: [
      ...folders.flatMap((folder) => changesFor(folder, owners)),
      ...orphaned.map(({ recordId }) => ({ kind: 'archive' as const, recordId })),
    ],
  };
}

const depth = (folder: ParaFolder): number => (folder.parentIdentity === null ? 0 : 1);

/**
 * Finds the tag of each folder: by identity, or else by name and type, first under
 * the same parent. A tag whose folder is missing can match too, since device numbers
 * change with a reboot, and inodes with a restored backup. A tag that never had a
 * folder and that a person archived cannot.
 */
function matchTags(known: readonly KnownTag[], folders: readonly ParaFolder[]): Owners {
  const owners = new Map<string, KnownTag>();
  const free = new Set(known.toSorted((a, b) => rank(a) - rank(b)));
  const match = (keyOfTag: (tag: KnownTag) => string | null, keyOfFolder: (folder: ParaFolder) => string): void => {
    const candidates = new Map<string, KnownTag[]>();
    for (const tag of free) {
      const key = keyOfTag(tag);
      if (key !== null) candidates.set(key, [...(candidates.get(key) ?? []), tag]);
    }
    for (const folder of folders) {
      const tag = owners.has(folder.identity) ? undefined : candidates.get(keyOfFolder(folder))?.shift();
      if (!tag) continue;
      free.delete(tag);
      owners.set(folder.identity, tag);
    }
  };
  const label = ({ type, name }: KnownTag | ParaFolder): string => `${type}/${normalName(name)}`;
  const isAdoptable = (tag: KnownTag): boolean => tag.identity !== null || !tag.archived;
  const place = (folder: ParaFolder): string | null | undefined =>
    folder.parentIdentity === null ? null : owners.get(folder.parentIdentity)?.recordId;

  match(
    (tag) => tag.identity,
    (folder) => folder.identity,
  );
  match(
    (tag) => (isAdoptable(tag) ? JSON.stringify([label(tag), tag.parentRecordId]) : null),
    (folder) => JSON.stringify([label(folder), place(folder)]),
  );
  match((tag) => (isAdoptable(tag) ? label(tag) : null), label);
  return owners;
}

/** Tags that are not archived first, and among them those that had a folder. */
const rank = (tag: KnownTag): number => (tag.archived ? 2 : 0) + (tag.identity === null ? 1 : 0);

function changesFor(folder: ParaFolder, owners: Owners): ParaChange[] {
  const tag = owners.get(folder.identity);
  if (!tag) return [{ kind: 'create', folder }];
  const { recordId } = tag;
  const { identity, name, type, parentIdentity } = folder;
  const changes: ParaChange[] = [];
  if (tag.identity !== identity) changes.push({ kind: 'adopt', recordId, identity });
  if (tag.archived) changes.push({ kind: 'restore', recordId });
  if (tag.name !== name) changes.push({ kind: 'rename', recordId, name });
  if (tag.type !== type) changes.push({ kind: 'retype', recordId, type });
  if (expectedParent(folder, tag, owners) !== tag.parentRecordId) {
    changes.push({ kind: 'reparent', recordId, parentIdentity });
  }
  return changes;
}

/** The parent's record id; undefined if it is not created yet. */
function expectedParent({ parentIdentity }: ParaFolder, tag: KnownTag, owners: Owners): string | null | undefined {
  if (parentIdentity !== null) return owners.get(parentIdentity)?.recordId;
  return tag.parentFromFolder ? null : tag.parentRecordId;
}
