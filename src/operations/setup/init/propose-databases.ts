import { type Entity, notionFields } from '../../../entities/define.ts';
import { type Likeness, likeness } from './name-likeness.ts';
import type { PropertyProposals } from './propose-properties.ts';
import { proposeProperties } from './propose-properties.ts';
import type { SharedSource } from './survey.ts';
import { otherDatabaseNames } from './translations.ts';

/** A data source that may belong to an entity. */
export interface Candidate {
  readonly source: SharedSource;
  readonly likeness: Likeness;
  /** The share of the entity's properties that it has, without the title: 0 to 1. */
  readonly fit: number;
}

export type DatabaseProposal =
  | { readonly kind: 'found'; readonly source: SharedSource }
  /** One or several may match, none for sure; the likeliest first. */
  | { readonly kind: 'unclear'; readonly candidates: readonly SharedSource[] }
  | { readonly kind: 'missing' };

/** By entity name. */
export type DatabaseProposals = ReadonlyMap<string, DatabaseProposal>;

interface Threshold {
  /** The minimum fit for a match, and for a question. */
  readonly sure: number;
  readonly worth: number;
  /** An entity with at most this many properties never matches. */
  readonly fewest: number;
}

/** The better the name matches, the fewer properties are needed. */
const THRESHOLDS: Readonly<Record<Likeness, Threshold>> = {
  same: { sure: 0.4, worth: 0, fewest: 0 },
  translated: { sure: 0.4, worth: 0, fewest: 0 },
  near: { sure: 0.7, worth: 0.3, fewest: 0 },
  other: { sure: 0.9, worth: 0.7, fewest: 4 },
};
const NAME_WEIGHT: Readonly<Record<Likeness, number>> = { same: 1, translated: 1, near: 0.5, other: 0 };
/** If two scores are closer than this, the owner decides. */
const MIN_DIFFERENCE = 0.25;

/** Matches data sources to entities, by title and by properties. Each data source is proposed once. */
export function proposeDatabases(entities: readonly Entity[], sources: readonly SharedSource[]): DatabaseProposals {
  const pairs = entities
    .flatMap((entity) => sources.map((source) => ({ entity, ...rate(entity, source) })))
    .filter((pair) => pair.fit >= thresholdOf(pair).worth)
    .toSorted((a, b) => scoreOf(b) - scoreOf(a));
  const proposals = new Map<string, DatabaseProposal>();
  const taken = new Set<string>();
  const free = ({ name }: Entity) =>
    pairs.filter(({ entity, source }) => entity.name === name && !taken.has(source.id));

  for (const pair of pairs) {
    if (proposals.has(pair.entity.name) || taken.has(pair.source.id) || pair.fit < thresholdOf(pair).sure) continue;
    const rivals = free(pair.entity).filter((other) => scoreOf(pair) - scoreOf(other) < MIN_DIFFERENCE);
    if (rivals.length > 1) {
      proposals.set(pair.entity.name, { kind: 'unclear', candidates: rivals.map(({ source }) => source) });
    } else {
      proposals.set(pair.entity.name, { kind: 'found', source: pair.source });
      taken.add(pair.source.id);
    }
  }
  return new Map(
    entities.map((entity): [string, DatabaseProposal] => {
      const proposal = proposals.get(entity.name);
      const candidates = free(entity).map(({ source }) => source);
      if (proposal?.kind === 'found') return [entity.name, proposal];
      return [entity.name, candidates.length > 0 ? { kind: 'unclear', candidates } : { kind: 'missing' }];
    }),
  );
}

/** Rates how well a data source matches an entity. */
export function rate(entity: Entity, source: SharedSource): Candidate {
  const fields = notionFields(entity).filter(([, { kind }]) => kind !== 'title');
  const proposals = proposeProperties(entity, source.schema);
  return {
    source,
    likeness: likeness(source.title, entity.title, otherDatabaseNames(entity.name)),
    fit: fields.length === 0 ? 0 : fields.filter(([name]) => isFound(proposals, name)).length / fields.length,
  };
}

const isFound = (proposals: PropertyProposals, field: string): boolean => proposals.get(field)?.kind === 'found';

export const scoreOf = ({ likeness: level, fit }: Candidate): number => NAME_WEIGHT[level] + fit;

/** An entity with few properties is recognized only by its name. */
function thresholdOf({ entity, likeness: level }: Candidate & { readonly entity: Entity }): Threshold {
  const threshold = THRESHOLDS[level];
  return notionFields(entity).length > threshold.fewest ? threshold : { ...threshold, sure: 2, worth: 2 };
}
