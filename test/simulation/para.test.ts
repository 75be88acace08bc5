import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalName, type ParaFolder, type ParaType } from '../../src/features/para/para-folder.ts';
import { type KnownTag, type ParaChange, planPara } from '../../src/features/para/plan-para.ts';
import { type PlantedBug, plantIn } from './planted.ts';

/** A folder on a disk. Its inode stays with it; a marker file moves with the folder. */
interface Folder {
  readonly inode: number;
  readonly name: string;
  readonly type: ParaType;
  /** The inode of its area. */
  readonly area: number | null;
  readonly marker: string | null;
}

/** A disk and a table of tags, both edited by people. */
class ParaWorld {
  readonly folders = new Map<number, Folder>();
  tags = new Map<string, KnownTag>();
  /** Tags that ever had a folder. */
  readonly fromFolders = new Set<string>();
  readonly #planner: typeof planPara;
  #count = 0;

  constructor(planner: typeof planPara) {
    this.#planner = planner;
  }

  next(): number {
    this.#count += 1;
    return this.#count;
  }

  /** As `readPara` returns it: of folders with the same tag or marker, only the first counts. */
  reading(): ParaFolder[] {
    const found: ParaFolder[] = [];
    const shown = new Map<number, string>();
    const inOrder = [...this.folders.values()].sort((a, b) => Number(a.area !== null) - Number(b.area !== null));
    for (const { inode, name, type, area, marker } of inOrder) {
      const parentIdentity = area === null ? null : shown.get(area);
      if (parentIdentity === undefined) continue;
      const isTaken = found.some(({ identity }) => identity === marker);
      const identity = marker === null || isTaken ? `inode:${inode}` : marker;
      const same = found.find(
        (other) =>
          other.type === type && other.parentIdentity === parentIdentity && normalName(other.name) === normalName(name),
      );
      shown.set(inode, same?.identity ?? identity);
      if (!same)
        found.push({ identity, name: name.normalize('NFC').trim(), type, parentIdentity, path: `/para/${inode}` });
    }
    return found;
  }

  plan(): readonly ParaChange[] {
    const plan = this.#planner([...this.tags.values()], { kind: 'read', folders: this.reading(), issues: [] });
    if (plan.kind === 'refused') throw new Error(plan.message);
    return plan.changes;
  }

  /** One sync, as `src/features/para/para-tags.ts` does it: areas first, then resources, each with its own reading. */
  cycle(): void {
    for (const type of ['Area', 'Resource'] as const) this.#applyOf(type);
  }

  #applyOf(type: ParaType): void {
    const changes = this.plan();
    const tagOf = new Map<string, string>();
    for (const { identity, recordId } of this.tags.values()) if (identity !== null) tagOf.set(identity, recordId);
    for (const change of changes) if (change.kind === 'adopt') tagOf.set(change.identity, change.recordId);
    const typeOf = new Map<string | undefined, ParaType>();
    for (const tag of this.tags.values()) typeOf.set(tag.recordId, tag.type === 'Resource' ? 'Resource' : 'Area');
    for (const folder of this.reading()) typeOf.set(tagOf.get(folder.identity), folder.type);
    for (const change of changes) {
      const changed = change.kind === 'create' ? change.folder.type : typeOf.get(change.recordId);
      if (changed === type) this.#carryOut(change, tagOf);
    }
  }

  #carryOut(change: ParaChange, tagOf: Map<string, string>): void {
    const parentOf = (identity: string | null) => (identity === null ? null : tagOf.get(identity));
    if (change.kind === 'create') {
      const { identity, name, parentIdentity } = change.folder;
      const recordId = `row ${this.next()}`;
      const parentRecordId = parentOf(parentIdentity) ?? null;
      const parentFromFolder = parentRecordId !== null;
      const { type } = change.folder;
      this.tags.set(recordId, { recordId, identity, name, type, parentRecordId, parentFromFolder, archived: false });
      this.fromFolders.add(recordId);
      tagOf.set(identity, recordId);
      return;
    }
    const { recordId } = change;
    if (change.kind === 'adopt') {
      this.fromFolders.add(recordId);
      this.edit(recordId, { identity: change.identity });
    } else if (change.kind === 'reparent') {
      const parentRecordId = parentOf(change.parentIdentity);
      if (parentRecordId === undefined) return;
      this.edit(recordId, { parentRecordId, parentFromFolder: parentRecordId !== null });
    } else if (change.kind === 'rename') this.edit(recordId, { name: change.name });
    else if (change.kind === 'retype') this.edit(recordId, { type: change.type });
    else this.edit(recordId, { archived: change.kind === 'archive' });
  }

  edit(recordId: string, more: Partial<KnownTag>): void {
    const tag = this.tags.get(recordId);
    if (!tag) throw new Error(`there is no tag ${recordId}`);
    this.tags.set(recordId, { ...tag, ...more });
  }
}

type Deed = (world: ParaWorld) => void;

/** Names that differ only in case or Unicode form are equal. */
const NAMES = ['Health', 'HEALTH', 'Café', 'Café'.normalize('NFD'), 'CAFÉ', 'Straße', 'strasse', 'Work', 'Books'];
const name = fc.constantFrom(...NAMES);
const type = fc.constantFrom('Area' as const, 'Resource' as const);
const at = fc.nat(9);

const pick = <T>(all: Iterable<T>, place: number): T | undefined => [...all][place % Math.max(1, [...all].length)];
const areasOf = (world: ParaWorld) => [...world.folders.values()].filter((folder) => folder.type === 'Area');

const onFolder = <T>(rest: fc.Arbitrary<T>, act: (world: ParaWorld, folder: Folder, rest: T) => void) =>
  fc.tuple(at, rest).map(
    ([place, given]): Deed =>
      (world) => {
        const folder = pick(world.folders.values(), place);
        if (folder) act(world, folder, given);
      },
  );
const onTag = <T>(rest: fc.Arbitrary<T>, act: (world: ParaWorld, tag: KnownTag, rest: T) => void) =>
  fc.tuple(at, rest).map(
    ([place, given]): Deed =>
      (world) => {
        const tag = pick(world.tags.values(), place);
        if (tag) act(world, tag, given);
      },
  );

/** Half of the resources are in an area, if there is one. */
const areaFor = (world: ParaWorld, type: ParaType, place: number): number | null =>
  type === 'Area' || place % 2 === 0 ? null : (pick(areasOf(world), place)?.inode ?? null);

const makesFolder = fc.tuple(name, type, at).map(
  ([name, type, place]): Deed =>
    (world) => {
      const inode = world.next();
      world.folders.set(inode, { inode, name, type, area: areaFor(world, type, place), marker: null });
    },
);

const inFolders: fc.Arbitrary<Deed> = fc.oneof(
  { arbitrary: makesFolder, weight: 3 },
  onFolder(name, (world, folder, name) => world.folders.set(folder.inode, { ...folder, name })),
  onFolder(fc.tuple(type, at), (world, folder, [type, place]) => {
    const lies = areasOf(world).some(({ inode }) => inode === folder.inode);
    if (lies && type === 'Resource') {
      // An area that moves to the resources takes its folders along, which are no tags there.
      for (const { inode, area } of [...world.folders.values()]) if (area === folder.inode) world.folders.delete(inode);
    }
    const area = areaFor(world, type, place);
    world.folders.set(folder.inode, { ...folder, type, area: area === folder.inode ? null : area });
  }),
  onFolder(fc.constant(null), (world, { inode }) => {
    for (const folder of [...world.folders.values()]) {
      if (folder.inode === inode || folder.area === inode) world.folders.delete(folder.inode);
    }
  }),
  onFolder(fc.constantFrom('m1', 'm2', null), (world, folder, marker) =>
    world.folders.set(folder.inode, { ...folder, marker }),
  ),
  // A restored backup, or a copy in the same place: another inode, the same marker.
  onFolder(fc.boolean(), (world, folder, isCopy) => {
    const inode = world.next();
    if (!isCopy) world.folders.delete(folder.inode);
    world.folders.set(inode, { ...folder, inode });
    for (const inside of [...world.folders.values()]) {
      if (!isCopy && inside.area === folder.inode) world.folders.set(inside.inode, { ...inside, area: inode });
    }
  }),
);

const inTags: fc.Arbitrary<Deed> = fc.oneof(
  fc.tuple(name, fc.option(type)).map(
    ([name, type]): Deed =>
      (world) => {
        const recordId = `row ${world.next()}`;
        const blank = { identity: null, parentRecordId: null, parentFromFolder: false, archived: false };
        world.tags.set(recordId, { recordId, name, type, ...blank });
      },
  ),
  onTag(name, (world, { recordId }, name) => world.edit(recordId, { name })),
  onTag(fc.option(type), (world, { recordId }, type) => world.edit(recordId, { type })),
  onTag(fc.boolean(), (world, { recordId }, archived) => world.edit(recordId, { archived })),
  onTag(at, (world, { recordId }, place) => {
    const parent = pick(world.tags.keys(), place) ?? null;
    if (parent !== recordId) world.edit(recordId, { parentRecordId: parent });
  }),
);

const cycles: Deed = (world) => world.cycle();
const histories = fc.array(
  fc.oneof({ arbitrary: inFolders, weight: 4 }, { arbitrary: inTags, weight: 2 }, fc.constant(cycles)),
  { maxLength: 40, size: 'max' },
);

/** Plays a history, then two cycles without users. */
function play(deeds: readonly Deed[], planner: typeof planPara): ParaWorld {
  const world = new ParaWorld(planner);
  for (const act of [...deeds, cycles, cycles]) act(world);
  return world;
}

const liveOf = ({ tags }: ParaWorld): KnownTag[] =>
  [...tags.values()].filter(({ identity, archived }) => identity !== null && !archived);

/** Checks the invariants after the people have stopped. @returns the violations */
function broken(world: ParaWorld): string[] {
  const folders = new Map(world.reading().map((folder) => [folder.identity, folder]));
  const live = liveOf(world);
  const tagOf = new Map(live.map((tag) => [tag.identity, tag]));
  const places = new Set<string>();
  return [
    ...[...folders.values()].flatMap(({ identity, name, type, parentIdentity, path }) => {
      const tag = tagOf.get(identity);
      if (!tag) return [`${path} has no tag`];
      const parent = parentIdentity === null ? tag.parentRecordId : tagOf.get(parentIdentity)?.recordId;
      const isRight = tag.name === name && tag.type === type && tag.parentRecordId === parent;
      return isRight ? [] : [`${path} has the tag ${JSON.stringify(tag)}`];
    }),
    ...live.flatMap(({ identity, recordId }) => {
      const folder = identity === null ? undefined : folders.get(identity);
      if (!folder) return [`${recordId} stands for a folder that is gone`];
      const place = `${folder.type}/${folder.parentIdentity}/${normalName(folder.name)}`;
      if (places.has(place)) return [`there are two tags for ${place}`];
      places.add(place);
      return [];
    }),
    ...world.plan().map(({ kind }) => `a further run would ${kind}`),
  ];
}

describe('folders and tags that people edit', () => {
  test('each folder has exactly one live tag with its content, in any case or Unicode form; a further run changes nothing', () => {
    fc.assert(
      fc.property(histories, (deeds) => {
        expect(broken(play(deeds, planPara))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a tag that never had a folder is never archived', () => {
    fc.assert(
      fc.property(histories, (deeds) => {
        const world = new ParaWorld(planPara);
        for (const act of [...deeds, cycles, cycles]) {
          const before = world.tags;
          world.tags = new Map(before);
          act(world);
          if (act !== cycles) continue;
          for (const [recordId, { archived }] of before) {
            if (!archived && !world.fromFolders.has(recordId)) expect(world.tags.get(recordId)?.archived).toBe(false);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a folder that keeps its inode keeps its tag, under any name', () => {
    fc.assert(
      fc.property(histories, fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), (deeds, names) => {
        const world = new ParaWorld(planPara);
        for (const act of deeds) act(world);
        world.cycle();
        world.cycle();
        const [area] = areasOf(world).filter(({ inode }) =>
          world.reading().some(({ identity }) => identity === `inode:${inode}`),
        );
        fc.pre(area !== undefined);
        const tagNow = () => liveOf(world).find(({ identity }) => identity === `inode:${area.inode}`)?.recordId;
        const before = tagNow();
        expect(before).toBeDefined();
        for (const name of names) {
          world.folders.set(area.inode, { ...area, name });
          world.cycle();
          world.cycle();
          // If another folder has that name already, both share one tag, and the owner is told.
          if (world.reading().some(({ identity }) => identity === `inode:${area.inode}`)) expect(tagNow()).toBe(before);
          else return;
        }
      }),
      { numRuns: 500 },
    );
  });
});

const bugs: readonly PlantedBug[] = [
  {
    name: 'the tag of a folder that is back stays archived',
    file: 'plan-para.ts',
    find: "if (tag.archived) changes.push({ kind: 'restore', recordId });",
    replace: '',
  },
  {
    name: 'the tag of a folder that is gone stays',
    file: 'plan-para.ts',
    find: '...orphaned.map(',
    replace: '...[].map(',
  },
  {
    name: 'a new place on the disk is not noted',
    file: 'plan-para.ts',
    find: 'if (tag.identity !== identity) changes.push',
    replace: 'if (tag.identity === null) changes.push',
  },
  {
    name: 'a moved resource keeps its area',
    file: 'plan-para.ts',
    find: 'if (parentIdentity !== null) return owners.get(parentIdentity)?.recordId;',
    replace: 'if (parentIdentity !== null && tag.parentRecordId === null) return owners.get(parentIdentity)?.recordId;',
  },
];

test.each(bugs)('a planted bug is found: $name', async (bug) => {
  const { planPara: planted } = await import(`${plantIn('features/para', bug)}plan-para.ts`);
  const found = fc.check(
    fc.property(histories, (deeds) => broken(play(deeds, planted)).length === 0),
    { numRuns: 2_000, seed: 1 },
  );
  expect(found.failed).toBe(true);
});
