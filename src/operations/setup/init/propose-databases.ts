import { type Entity, notionFields } from '../../../entities/define.ts';
import type { PropertyProposals } from './propose-properties.ts';
import { proposeProperties } from './propose-properties.ts';
import type { SharedSource } from './survey.ts';
import { otherDatabaseNames } from './translations.ts';
import { type Likeness, likeness } from './words.ts';

/** A data source that an entity may live in. */
export interface Candidate {
  readonly source: SharedSource;
  readonly likeness: Likeness;
  /** How many of the entity's properties it has, the title aside: 0 to 1. */
  readonly fit: number;
}

export type DatabaseProposal =
  | { readonly kind: 'found'; readonly source: SharedSource }
  /** One or several may be it, none for sure; the likeliest first. */
  | { readonly kind: 'unclear'; readonly candidates: readonly SharedSource[] }
  | { readonly kind: 'missing' };

/** By entity name. */
export type DatabaseProposals = ReadonlyMap<string, DatabaseProposal>;

interface Bar {
  /** From which fit on it is the one, and from which it is worth a question. */
  readonly sure: number;
  readonly worth: number;
  /** Fewer properties than that prove nothing. */
  readonly fewest: number;
}

/** The better the name, the fewer of the properties must be there. */
const BARS: Readonly<Record<Likeness, Bar>> = {
  same: { sure: 0.4, worth: 0, fewest: 0 },
  translated: { sure: 0.4, worth: 0, fewest: 0 },
  near: { sure: 0.7, worth: 0.3, fewest: 0 },
  other: { sure: 0.9, worth: 0.7, fewest: 4 },
};
const NAME_WEIGHT: Readonly<Record<Likeness, number>> = { same: 1, translated: 1, near: 0.5, other: 0 };
/** Two that are as close as that are for the owner to tell apart. */
const TOO_CLOSE = 0.25;

/** Which of the data sources is which entity: by title and by properties. Each is proposed once. */
export function proposeDatabases(entities: readonly Entity[], sources: readonly SharedSource[]): DatabaseProposals {
  const pairs = entities
    .flatMap((entity) => sources.map((source) => ({ entity, ...rate(entity, source) })))
    .filter((pair) => pair.fit >= barOf(pair).worth)
    .toSorted((a, b) => scoreOf(b) - scoreOf(a));
  const proposals = new Map<string, DatabaseProposal>();
  const taken = new Set<string>();
  const free = ({ name }: Entity) =>
    pairs.filter(({ entity, source }) => entity.name === name && !taken.has(source.id));

  for (const pair of pairs) {
    if (proposals.has(pair.entity.name) || taken.has(pair.source.id) || pair.fit < barOf(pair).sure) continue;
    const rivals = free(pair.entity).filter((other) => scoreOf(pair) - scoreOf(other) < TOO_CLOSE);
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

/** How well a data source suits an entity. */
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

/** An entity with few properties is known by its name alone. */
function barOf({ entity, likeness: level }: Candidate & { readonly entity: Entity }): Bar {
  const bar = BARS[level];
  return notionFields(entity).length > bar.fewest ? bar : { ...bar, sure: 2, worth: 2 };
}
