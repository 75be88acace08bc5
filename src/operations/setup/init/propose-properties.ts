import {
  type Entity,
  isOptionField,
  type NotionField,
  notionFields,
  type OptionField,
} from '../../../entities/define.ts';
import { isNameOf } from '../../../notion/option-translations.ts';
import { acceptedTypes, optionsOf, type Property, type Schema } from '../../../notion/schema.ts';
import { LIKENESSES, likeness } from './name-likeness.ts';
import { otherPropertyNames } from './translations.ts';

/** The proposed property of a field. */
export type PropertyProposal =
  | { readonly kind: 'found'; readonly property: Property }
  /** Several match equally. */
  | { readonly kind: 'unclear'; readonly candidates: readonly Property[] }
  /** None matches: it is to be added. */
  | { readonly kind: 'missing' }
  /** None matches, and a property of another type has its name. */
  | { readonly kind: 'blocked'; readonly property: Property };

/** By field name, in the order of the entity file. */
export type PropertyProposals = ReadonlyMap<string, PropertyProposal>;

/** The id of an entity's data source: null if it is to be created, undefined if not known yet. */
export type SourceOf = (entity: string) => string | null | undefined;

/**
 * Matches an entity's fields to a data source's properties: first by the same name, then by a similar name, then by
 * the same options, then if only one property fits.
 */
export function proposeProperties(
  entity: Entity,
  schema: Schema,
  sourceOf: SourceOf = () => undefined,
): PropertyProposals {
  const proposals = new Map<string, PropertyProposal>();
  const taken = new Set<string>();
  const fits = (field: NotionField, property: Property): boolean =>
    acceptedTypes(field).includes(property.type) && isRightTarget(field, property, sourceOf);

  for (const matches of RULES) {
    const open = notionFields(entity).filter(([name]) => !proposals.has(name));
    const candidates = open.map(([name, field]) => {
      const free = Object.values(schema).filter((property) => !taken.has(property.id) && fits(field, property));
      return { name, found: free.filter((property) => matches(field, property, { free, open })) };
    });
    const wanted = candidates.flatMap(({ found }) => found.map(({ id }) => id));
    for (const { name, found } of candidates) {
      const [property, another] = found;
      if (!property) continue;
      const isSure = !another && wanted.filter((id) => id === property.id).length === 1;
      proposals.set(name, isSure ? { kind: 'found', property } : { kind: 'unclear', candidates: found });
      for (const { id } of found) taken.add(id);
    }
  }
  return new Map(
    notionFields(entity).map(([name, field]) => [name, proposals.get(name) ?? missingOrBlocked(schema, field)]),
  );
}

interface Round {
  /** The properties that fit the field and are not used by another one. */
  readonly free: readonly Property[];
  readonly open: readonly (readonly [string, NotionField])[];
}

type Rule = (field: NotionField, property: Property, round: Round) => boolean;

const RULES: readonly Rule[] = [
  ({ kind, property: declared }, { name, type }) => (kind === 'title' ? type === 'title' : name === declared),
  ...LIKENESSES.filter((level) => level !== 'other').map(
    (level): Rule =>
      ({ property: declared }, { name }) =>
        likeness(name, declared, otherPropertyNames(declared)) === level,
  ),
  (field, property) => isOptionField(field) && sharesOptions(field, property),
  (field, _, { free, open }) =>
    isDistinctiveType(field) && free.length === 1 && open.filter(([, other]) => isSameType(field, other)).length === 1,
];

/** Enough shared options to rule out a coincidence. */
const MIN_SHARED_OPTIONS = 2;

function sharesOptions(field: OptionField, property: Property): boolean {
  const present = optionsOf(property).map(({ name }) => name);
  const shared = field.options.filter((option) => present.some((name) => isNameOf(option, name)));
  return shared.length >= MIN_SHARED_OPTIONS;
}

/** A database has few properties of these types, so the type is enough for a match. */
const isDistinctiveType = ({ kind }: NotionField): boolean =>
  kind === 'relation_one' || kind === 'relation_many' || kind === 'email' || kind === 'phone_number';

const isSameType = (a: NotionField, b: NotionField): boolean => a.kind === b.kind && targetOf(a) === targetOf(b);

const targetOf = (field: NotionField): string | undefined => ('to' in field ? field.to : undefined);

/** A relation to another database does not match; while the target is not known, it may. */
function isRightTarget(field: NotionField, property: Property, sourceOf: SourceOf): boolean {
  const target = targetOf(field);
  if (target === undefined || property.type !== 'relation') return true;
  const source = sourceOf(target);
  return source === undefined || property.relation.data_source_id === source;
}

function missingOrBlocked(schema: Schema, field: NotionField): PropertyProposal {
  const property = schema[field.property];
  return property ? { kind: 'blocked', property } : { kind: 'missing' };
}
