import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalName, type ParaFolder, type ParaReading } from '../../../src/features/para/para-folder.ts';
import { type KnownTag, type ParaChange, planPara } from '../../../src/features/para/plan-para.ts';

const tag = (name: string, more: Partial<KnownTag> = {}): KnownTag => ({
  recordId: `row ${name}`,
  identity: `folder ${name}`,
  name,
  type: 'Area',
  parentRecordId: null,
  parentFromFolder: false,
  archived: false,
  ...more,
});
const folder = (name: string, more: Partial<ParaFolder> = {}): ParaFolder => ({
  identity: `folder ${name}`,
  name,
  type: 'Area',
  parentIdentity: null,
  path: `/para/${name}`,
  ...more,
});
const reading = (folders: readonly ParaFolder[]): ParaReading => ({ kind: 'read', folders, issues: [] });

function planned(known: readonly KnownTag[], folders: readonly ParaFolder[]): readonly ParaChange[] {
  const plan = planPara(known, reading(folders), { acceptArchive: true });
  if (plan.kind === 'refused') throw new Error(plan.message);
  return plan.changes;
}

/** Applies a plan as the store does. */
function apply(known: readonly KnownTag[], changes: readonly ParaChange[]): KnownTag[] {
  const tags = new Map(known.map((one) => [one.recordId, one]));
  const recordOf = (identity: string | null): string | null => {
    if (identity === null) return null;
    const owners = [...tags.values()].filter((one) => one.identity === identity);
    const owner = owners.find((one) => !one.archived) ?? owners[0];
    if (!owner) throw new Error(`The plan names ${identity} before it has a tag.`);
    return owner.recordId;
  };
  const update = (recordId: string, more: Partial<KnownTag>): void => {
    const before = tags.get(recordId);
    if (!before) throw new Error(`The plan changes ${recordId}, which is not known.`);
    tags.set(recordId, { ...before, ...more });
  };
  for (const change of changes) {
    if (change.kind === 'create') {
      const { identity, name, type, parentIdentity } = change.folder;
      const parentRecordId = recordOf(parentIdentity);
      const parentFromFolder = parentIdentity !== null;
      const recordId = `new ${identity}`;
      tags.set(recordId, { recordId, identity, name, type, parentRecordId, parentFromFolder, archived: false });
    } else if (change.kind === 'adopt') update(change.recordId, { identity: change.identity });
    else if (change.kind === 'restore') update(change.recordId, { archived: false });
    else if (change.kind === 'rename') update(change.recordId, { name: change.name });
    else if (change.kind === 'retype') update(change.recordId, { type: change.type });
    else if (change.kind === 'archive') update(change.recordId, { archived: true });
    else {
      const parentRecordId = recordOf(change.parentIdentity);
      update(change.recordId, { parentRecordId, parentFromFolder: parentRecordId !== null });
    }
  }
  return [...tags.values()];
}

describe('a plan', () => {
  test('creates new tags, an area before its resources', () => {
    const health = folder('Health');
    const recipes = folder('Recipes', { type: 'Resource', parentIdentity: health.identity });
    expect(planned([], [recipes, health])).toEqual([
      { kind: 'create', folder: health },
      { kind: 'create', folder: recipes },
    ]);
  });

  test('adopts a tag with the same name and type that had no folder', () => {
    const byHand = tag('HEALTH', { identity: null });
    expect(planned([byHand], [folder('Health')])).toEqual([
      { kind: 'adopt', recordId: 'row HEALTH', identity: 'folder Health' },
      { kind: 'rename', recordId: 'row HEALTH', name: 'Health' },
    ]);
    expect(planned([tag('Health', { identity: null, type: 'Resource' })], [folder('Health')])).toMatchObject([
      { kind: 'create' },
    ]);
  });

  test('of tags with the same name adopts one that is not archived, preferably one that had a folder', () => {
    const known = [
      tag('Health', { recordId: 'a', identity: 'gone', archived: true }),
      tag('Health', { recordId: 'b', identity: null }),
      tag('Health', { recordId: 'c', identity: 'gone' }),
    ];
    const adoptedOf = (...tags: KnownTag[]) => planned(tags, [folder('Health')])[0];
    expect(adoptedOf(...known)).toMatchObject({ kind: 'adopt', recordId: 'c' });
    expect(adoptedOf(...known.slice(0, 2))).toMatchObject({ kind: 'adopt', recordId: 'b' });
    expect(planned(known, [folder('Health')])).toHaveLength(1);
  });

  test('does not restore a tag that a person archived', () => {
    const trashed = tag('Health', { identity: null, archived: true });
    expect(planned([trashed], [folder('Health')])).toMatchObject([{ kind: 'create' }]);
  });

  test('of tags with the same name adopts the one under the same area', () => {
    const known = [
      tag('Health'),
      tag('Work'),
      tag('Books', { recordId: 'a', identity: null, type: 'Resource', parentRecordId: 'row Work' }),
      tag('Books', { recordId: 'b', identity: null, type: 'Resource', parentRecordId: 'row Health' }),
      tag('Books', { recordId: 'c', identity: null, type: 'Resource' }),
    ];
    const books = (area: string | null) =>
      folder('Books', {
        identity: `folder Books of ${area}`,
        type: 'Resource',
        parentIdentity: area === null ? null : `folder ${area}`,
      });
    const folders = [folder('Health'), folder('Work'), books(null), books('Health'), books('Work')];
    expect(planned(known, folders)).toEqual([
      { kind: 'adopt', recordId: 'c', identity: 'folder Books of null' },
      { kind: 'adopt', recordId: 'b', identity: 'folder Books of Health' },
      { kind: 'adopt', recordId: 'a', identity: 'folder Books of Work' },
    ]);
  });

  test('renames the tag of a renamed folder, also when a new folder takes the old name', () => {
    const renamed = folder('Fitness', { identity: 'folder Health' });
    const successor = folder('Health', { identity: 'another' });
    expect(planned([tag('Health')], [renamed, successor])).toEqual([
      { kind: 'rename', recordId: 'row Health', name: 'Fitness' },
      { kind: 'create', folder: successor },
    ]);
  });

  test('moves a resource between areas, out of them, and into one that is new', () => {
    const known = [
      tag('Health'),
      tag('Recipes', { type: 'Resource', parentRecordId: 'row Health', parentFromFolder: true }),
    ];
    const recipes = (parentIdentity: string | null) => folder('Recipes', { type: 'Resource', parentIdentity });
    expect(planned(known, [folder('Health'), recipes('folder Health')])).toEqual([]);
    expect(planned(known, [folder('Health'), recipes(null)])).toEqual([
      { kind: 'reparent', recordId: 'row Recipes', parentIdentity: null },
    ]);
    expect(planned(known, [folder('Health'), folder('Home'), recipes('folder Home')])).toEqual([
      { kind: 'create', folder: folder('Home') },
      { kind: 'reparent', recordId: 'row Recipes', parentIdentity: 'folder Home' },
    ]);
  });

  test('keeps a parent that a person set for a resource outside all areas', () => {
    const known = [tag('Health'), tag('Recipes', { type: 'Resource', parentRecordId: 'row Health' })];
    expect(planned(known, [folder('Health'), folder('Recipes', { type: 'Resource' })])).toEqual([]);
  });

  test('changes the type of a folder that moved to the other section', () => {
    expect(planned([tag('Chess')], [folder('Chess', { type: 'Resource' })])).toEqual([
      { kind: 'retype', recordId: 'row Chess', type: 'Resource' },
    ]);
  });

  test('archives the tag of a missing folder, and restores it when the folder is back', () => {
    expect(planned([tag('Health')], [])).toEqual([{ kind: 'archive', recordId: 'row Health' }]);
    const archived = tag('Health', { archived: true });
    expect(planned([archived], [])).toEqual([]);
    expect(planned([archived], [folder('Health')])).toEqual([{ kind: 'restore', recordId: 'row Health' }]);
  });

  test('recognizes folders that were restored from a backup with other inodes', () => {
    const known = [tag('Health'), tag('Home', { archived: true })];
    const folders = ['Health', 'Home'].map((name) => folder(name, { identity: `restored ${name}` }));
    expect(planned(known, folders)).toEqual([
      { kind: 'adopt', recordId: 'row Health', identity: 'restored Health' },
      { kind: 'adopt', recordId: 'row Home', identity: 'restored Home' },
      { kind: 'restore', recordId: 'row Home' },
    ]);
  });
});

describe('a plan is refused', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => tag(`Area ${i}`));

  test('for a missing root, with any option', () => {
    const missing: ParaReading = { kind: 'missing', message: 'LOCKSTEP_PARA_ROOT "/para" does not exist' };
    const refused = { kind: 'refused', message: missing.message };
    expect(planPara([], missing)).toEqual(refused);
    expect(planPara([tag('Health')], missing, { acceptArchive: true })).toEqual(refused);
  });

  test('if more than 20 tags would be archived, until that is accepted', () => {
    expect(planPara(many(20), reading([]))).toMatchObject({ kind: 'planned' });
    const plan = planPara(many(21), reading([]));
    expect(plan).toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/^[^\n]*21 tags[^\n]*--accept-archive$/),
    });
    expect(planPara(many(21), reading([]), { acceptArchive: true })).toMatchObject({ kind: 'planned' });
  });

  test('in a large workspace if more than a tenth would be archived', () => {
    const known = many(300);
    const left = (gone: number) => reading(known.slice(gone).map(({ name }) => folder(name)));
    expect(planPara(known, left(30))).toMatchObject({ kind: 'planned' });
    expect(planPara(known, left(31))).toMatchObject({ kind: 'refused' });
  });
});

describe('laws', () => {
  const identity = fc.constantFrom('i1', 'i2', 'i3', 'i4', 'i5', 'i6');
  const name = fc.constantFrom('Health', 'HEALTH', 'Café', 'Café'.normalize('NFD'), 'Straße', 'Strasse', 'Work');
  const type = fc.constantFrom('Area' as const, 'Resource' as const);
  const records = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7'];

  const tags: fc.Arbitrary<KnownTag[]> = fc.uniqueArray(
    fc.record({
      recordId: fc.constantFrom(...records),
      identity: fc.option(identity),
      name,
      type: fc.option(type),
      parentRecordId: fc.option(fc.constantFrom(...records)),
      parentFromFolder: fc.boolean(),
      archived: fc.boolean(),
    }),
    { selector: (one) => one.recordId },
  );
  /** Trees as `readPara` returns them: each folder once, resources in existing areas. */
  const trees: fc.Arbitrary<ParaFolder[]> = fc
    .uniqueArray(fc.record({ identity, name, type, parent: fc.nat(6) }), { selector: (one) => one.identity })
    .map((drafts) => {
      const areas = drafts.filter((one) => one.type === 'Area');
      const placed = drafts.map(({ parent, ...one }) =>
        folder(one.name, {
          ...one,
          parentIdentity: one.type === 'Area' ? null : (areas[parent]?.identity ?? null),
        }),
      );
      const place = (one: ParaFolder) => `${one.type}/${one.parentIdentity}/${normalName(one.name)}`;
      const taken = new Set<string>();
      return placed.filter((one) => !taken.has(place(one)) && taken.add(place(one)));
    })
    .map((folders) => {
      const there = new Set(folders.map((one) => one.identity));
      return folders.filter((one) => one.parentIdentity === null || there.has(one.parentIdentity));
    });
  const holds = (law: (known: KnownTag[], folders: ParaFolder[]) => void): void =>
    fc.assert(fc.property(tags, trees, law), { numRuns: 2000 });

  test('a plan applied leaves nothing to plan', () => {
    holds((known, folders) => {
      expect(planned(apply(known, planned(known, folders)), folders)).toEqual([]);
    });
  });

  test('each folder has one matching tag that is not archived; no other folder tag is active', () => {
    holds((known, folders) => {
      const after = apply(known, planned(known, folders));
      const live = after.filter((one) => !one.archived && one.identity !== null);
      expect(live.map((one) => one.identity).toSorted()).toEqual(folders.map((one) => one.identity).toSorted());
      for (const one of folders) {
        const parent = live.find((other) => other.identity === one.parentIdentity)?.recordId;
        const { name, type } = one;
        expect(live.find((other) => other.identity === one.identity)).toMatchObject({
          name,
          type,
          ...(one.parentIdentity === null ? {} : { parentRecordId: parent }),
        });
      }
    });
  });

  test('a tag without a folder is never archived, and changed only if it is adopted', () => {
    holds((known, folders) => {
      const changes = planned(known, folders);
      const touched = new Set(changes.flatMap((change) => (change.kind === 'create' ? [] : [change.recordId])));
      const adopted = new Set(changes.flatMap((change) => (change.kind === 'adopt' ? [change.recordId] : [])));
      const archived = new Set(changes.flatMap((change) => (change.kind === 'archive' ? [change.recordId] : [])));
      for (const { recordId } of known.filter((one) => one.identity === null)) {
        expect(archived.has(recordId)).toBe(false);
        expect(touched.has(recordId)).toBe(adopted.has(recordId));
      }
    });
  });
});
