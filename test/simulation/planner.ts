import fc from 'fast-check';
import type { Content } from '../../src/sync/ports.ts';
import { type Decision, isSameContent, isSameValue, type Rules, reconcile } from '../../src/sync/reconcile.ts';
import type { Fields, Snapshot, Value } from '../../src/sync/types.ts';

/** The planner's input for one record. */
export interface PlannerCase {
  readonly base: Content | null;
  readonly remote: Snapshot;
  readonly sql: Snapshot;
  readonly rules: Rules;
}

const GRAIN_MS = 60_000;
const NOON = Date.parse('2026-03-02T12:00:00Z');

// Few values, so that two sides are often equal and often different.
const text: fc.Arbitrary<Value> = fc.constantFrom('a', 'b', null);
const fields: fc.Arbitrary<Fields> = fc.record(
  {
    title: text,
    status: fc.constantFrom('Todo', 'Cancelled', null),
    count: fc.constantFrom(0, 1, null),
    tags: fc.constantFrom<readonly string[]>([], ['p'], ['p', 'q'], ['q']),
  },
  { requiredKeys: ['title', 'tags'] },
);
const content: fc.Arbitrary<Content> = fc.record({ fields, archived: fc.boolean() });

/** A version that differs from `from` in a field or two, as edits do. */
const edited = (from: Content): fc.Arbitrary<Content> =>
  fc.oneof(
    fc.constant(from),
    fc
      .record(
        { title: text, status: fc.constantFrom('Todo', 'Cancelled', null), count: fc.constantFrom(0, 1, null) },
        { requiredKeys: [] },
      )
      .map((change): Content => ({ ...from, fields: { ...from.fields, ...change } })),
    content,
  );

/** Within a few minutes, often at the start or end of a minute, where ties begin and end. */
const time = (within: readonly number[]): fc.Arbitrary<Date | null> =>
  fc.option(
    fc.tuple(fc.nat(3), fc.constantFrom(...within)).map(([minutes, ms]) => new Date(NOON + minutes * GRAIN_MS + ms)),
    { freq: 9 },
  );
const remoteTime = time([0]);
const sqlTime = time([0, 1, 30_000, GRAIN_MS - 1]);

const rules: fc.Arbitrary<Rules> = fc.record(
  {
    conflicts: fc.constantFrom('row', 'field'),
    side: fc.constantFrom('notion', 'google'),
    editGrainMs: fc.constant(GRAIN_MS),
    archivedField: fc.constant('status'),
    linkFields: fc.constant(['tags']),
  },
  { requiredKeys: ['conflicts', 'side', 'editGrainMs'] },
);

export const plannerCase: fc.Arbitrary<PlannerCase> = content.chain((from) =>
  fc.record({
    base: fc.option(fc.constant(from), { freq: 9 }),
    remote: fc.tuple(edited(from), remoteTime).map(([version, editedAt]) => ({ ...version, editedAt })),
    sql: fc.tuple(edited(from), sqlTime).map(([version, editedAt]) => ({ ...version, editedAt })),
    rules,
  }),
);

/** A law that every decision obeys, by its description. */
type Law = (given: PlannerCase, decision: Decision) => boolean;

const decide = ({ base, remote, sql, rules }: PlannerCase): Decision => reconcile(base, remote, sql, rules);

const resolutionOf = (decision: Decision) => ('resolution' in decision ? decision.resolution : undefined);

/** Both sides changed since the base, or the base is unknown, and they differ. */
const isConflict = ({ base, remote, sql }: PlannerCase): boolean =>
  !isSameContent(remote, sql) && (base === null || !(isSameContent(base, remote) || isSameContent(base, sql)));

const hasSameResolution = (a: Decision, b: Decision): boolean =>
  resolutionOf(a)?.winner === resolutionOf(b)?.winner && resolutionOf(a)?.reason === resolutionOf(b)?.reason;

const isSameDecision = (a: Decision, b: Decision): boolean =>
  a.kind === b.kind && isSameContent(a.agreed, b.agreed) && hasSameResolution(a, b);

const names = ({ base, remote, sql }: PlannerCase): string[] => [
  ...new Set([base?.fields ?? {}, remote.fields, sql.fields].flatMap((of) => Object.keys(of))),
];

type Same = (a: Content, b: Content) => boolean;

/**
 * Equality of each part that is decided separately: each field, the archived flag together with its status, and each
 * link of a list that is merged.
 */
function parts(given: PlannerCase): readonly Same[] {
  const { archivedField, conflicts, linkFields = [] } = given.rules;
  const merged = conflicts === 'field' && given.base !== null ? linkFields : [];
  const sameLinks = merged.flatMap((name) =>
    ['p', 'q'].map((link): Same => {
      const has = ({ fields }: Content): boolean => [fields[name] ?? []].flat().includes(link);
      return (a, b) => has(a) === has(b);
    }),
  );
  const sameField =
    (name: string): Same =>
    (a, b) =>
      isSameValue(a.fields[name], b.fields[name]);
  const sameArchival: Same = (a, b) =>
    a.archived === b.archived && (archivedField === undefined || sameField(archivedField)(a, b));
  return [
    sameArchival,
    ...names(given)
      .filter((name) => name !== archivedField && !merged.includes(name))
      .map(sameField),
    ...sameLinks,
  ];
}

const reversed = <C extends Content>(of: C): C => ({
  ...of,
  fields: Object.fromEntries(Object.entries(of.fields).reverse()),
});

export const laws: Readonly<Record<string, Law>> = {
  'equal content is never written': ({ remote, sql }, { kind }) => isSameContent(remote, sql) === (kind === 'in_sync'),

  'a side is written only when it is to change': ({ remote, sql }, { kind, agreed }) =>
    isSameContent(agreed, remote) === (kind === 'in_sync' || kind === 'write_sql') &&
    isSameContent(agreed, sql) === (kind === 'in_sync' || kind === 'write_remote'),

  'a side that did not change is not heard': ({ base, remote, sql }, { agreed }) =>
    base === null ||
    ((!isSameContent(base, sql) || isSameContent(agreed, remote)) &&
      (!isSameContent(base, remote) || isSameContent(agreed, sql))),

  'applied to both sides, the next decision is in sync': (given, { agreed }) => {
    const next = { ...given, base: agreed, remote: { ...given.remote, ...agreed }, sql: { ...given.sql, ...agreed } };
    return decide(next).kind === 'in_sync';
  },

  'applied to one side only, the next decision is the rest of it': (given, { kind, agreed }) => {
    if (kind !== 'write_both') return true;
    const next = decide({ ...given, base: given.remote, sql: { ...given.sql, ...agreed } });
    return next.kind === 'write_remote' && isSameContent(next.agreed, agreed);
  },

  'under `field`, a change of only one side is never lost': (given, { agreed }) => {
    const { base, remote, sql, rules } = given;
    if (rules.conflicts !== 'field' || !base) return true;
    return parts(given).every(
      (same) => (!same(remote, base) || same(agreed, sql)) && (!same(sql, base) || same(agreed, remote)),
    );
  },

  'nothing is made up: each part is what one of the sides says': (given, { agreed }) =>
    parts(given).every((same) => same(agreed, given.remote) || same(agreed, given.sql)),

  'under `row`, one version wins completely': ({ remote, sql, rules }, { agreed }) =>
    rules.conflicts === 'field' || isSameContent(agreed, remote) || isSameContent(agreed, sql),

  'the winner is what stays, and differs from what it beat': (given, decision) => {
    const winner = resolutionOf(decision)?.winner;
    if (!winner) return true;
    const [won, lost] = winner === 'sql' ? [given.sql, given.remote] : [given.remote, given.sql];
    return !isSameContent(won, lost) && !isSameContent(decision.agreed, lost);
  },

  'a conflict is reported only when both sides changed and something is dropped': (given, decision) => {
    const { base, remote, sql, rules } = given;
    const isMerge = rules.conflicts === 'field' && base !== null;
    const dropped = !isMerge
      ? isConflict(given)
      : parts(given).some((same) => !same(remote, base) && !same(sql, base) && !same(remote, sql));
    return (resolutionOf(decision) !== undefined) === (isConflict(given) && dropped);
  },

  'the newest wins, by the minute, and a tie goes to the remote side': ({ remote, sql, rules }, decision) => {
    const winner = resolutionOf(decision)?.winner;
    if (!winner) return true;
    const minuteOf = (at: Date): number => Math.floor(at.getTime() / GRAIN_MS);
    const sqlIsNewer =
      sql.editedAt !== null && (remote.editedAt === null || minuteOf(sql.editedAt) > minuteOf(remote.editedAt));
    return winner === (sqlIsNewer ? 'sql' : rules.side);
  },

  'the order of keys decides nothing': (given, decision) =>
    isSameDecision(
      decision,
      decide({
        ...given,
        base: given.base && reversed(given.base),
        remote: reversed(given.remote),
        sql: reversed(given.sql),
      }),
    ),

  'an empty field and one left out are the same': (given, decision) => {
    const all = names(given);
    const full = <C extends Content>(of: C): C => ({
      ...of,
      fields: Object.fromEntries(all.map((name) => [name, of.fields[name] ?? null])),
    });
    return isSameDecision(
      decision,
      decide({ ...given, base: given.base && full(given.base), remote: full(given.remote), sql: full(given.sql) }),
    );
  },

  'asked again, it says the same': (given, decision) => isSameDecision(decision, decide(given)),
};

/**
 * Checks random cases against every law, and shrinks a case that breaks one.
 * @returns the number of conflicts among them
 * @throws with the smallest failing case, the broken law and the seed
 */
export function checkPlanner(cases: number, seed?: number): { readonly conflicts: number } {
  let conflicts = 0;
  fc.assert(
    fc.property(plannerCase, (given) => {
      const decision = decide(given);
      if (isConflict(given)) conflicts += 1;
      for (const [law, holds] of Object.entries(laws)) if (!holds(given, decision)) throw new Error(law);
    }),
    { numRuns: cases, ...(seed === undefined ? {} : { seed }) },
  );
  return { conflicts };
}
