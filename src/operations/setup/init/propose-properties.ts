import { type Entity, type NotionField, notionFields, type SelectField } from '../../../entities/define.ts';
import { acceptedTypes, optionsOf, type Property, type Schema } from '../../../notion/schema.ts';
import { otherPropertyNames } from './translations.ts';
import { LIKENESSES, likeness, plain } from './words.ts';

/** On which property a field may live. */
export type PropertyProposal =
  | { readonly kind: 'found'; readonly property: Property }
  /** Each of them may be it, and nothing tells which. */
  | { readonly kind: 'unclear'; readonly candidates: readonly Property[] }
  /** Nothing comes near: it is to be added. */
  | { readonly kind: 'missing' }
  /** Nothing comes near, and its name is taken by what cannot hold it. */
  | { readonly kind: 'blocked'; readonly property: Property };

/** By field name, in the order of the entity file. */
export type PropertyProposals = ReadonlyMap<string, PropertyProposal>;

/** The id of the data source that an entity lives in: null where it is to be made, undefined while it is not known. */
export type SourceOf = (entity: string) => string | null | undefined;

/**
 * An entity's fields against a data source's properties: first what has the very name, then what is called alike, then
 * what has the same options, then what is the only one that can be meant.
 */
export function proposeProperties(
  entity: Entity,
  schema: Schema,
  sourceOf: SourceOf = () => undefined,
): PropertyProposals {
  const proposals = new Map<string, PropertyProposal>();
  const taken = new Set<string>();
  const fits = (field: NotionField, property: Property): boolean =>
    acceptedTypes(field).includes(property.type) && leadsRight(field, property, sourceOf);

  for (const isIt of SIGNS) {
    const open = notionFields(entity).filter(([name]) => !proposals.has(name));
    const candidates = open.map(([name, field]) => {
      const free = Object.values(schema).filter((property) => !taken.has(property.id) && fits(field, property));
      return { name, found: free.filter((property) => isIt(field, property, { free, open })) };
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
  return new Map(notionFields(entity).map(([name, field]) => [name, proposals.get(name) ?? leftOver(schema, field)]));
}

interface Round {
  /** The properties that could hold the field, and hold no other. */
  readonly free: readonly Property[];
  readonly open: readonly (readonly [string, NotionField])[];
}

type Sign = (field: NotionField, property: Property, round: Round) => boolean;

const SIGNS: readonly Sign[] = [
  ({ kind, property: declared }, { name, type }) => (kind === 'title' ? type === 'title' : name === declared),
  ...LIKENESSES.filter((level) => level !== 'other').map(
    (level): Sign =>
      ({ property: declared }, { name }) =>
        likeness(name, declared, otherPropertyNames(declared)) === level,
  ),
  (field, property) => field.kind === 'select' && sharesOptions(field, property),
  (field, _, { free, open }) =>
    isTelling(field) && free.length === 1 && open.filter(([, other]) => isAlike(field, other)).length === 1,
];

/** As many as tell that it is no coincidence. */
const SHARED_OPTIONS = 2;

function sharesOptions(field: SelectField, property: Property): boolean {
  const present = optionsOf(property).map(({ name }) => plain(name));
  return field.options.filter((option) => present.includes(plain(option))).length >= SHARED_OPTIONS;
}

/** A database has few properties of these types, and each is there for the same reason. */
const isTelling = ({ kind }: NotionField): boolean =>
  kind === 'relation_one' || kind === 'relation_many' || kind === 'email' || kind === 'phone_number';

const isAlike = (a: NotionField, b: NotionField): boolean => a.kind === b.kind && targetOf(a) === targetOf(b);

const targetOf = (field: NotionField): string | undefined => ('to' in field ? field.to : undefined);

/** A relation to another database is another relation; while it is not known where it shall lead, it may be right. */
function leadsRight(field: NotionField, property: Property, sourceOf: SourceOf): boolean {
  const target = targetOf(field);
  if (target === undefined || property.type !== 'relation') return true;
  const source = sourceOf(target);
  return source === undefined || property.relation.data_source_id === source;
}

function leftOver(schema: Schema, field: NotionField): PropertyProposal {
  const property = schema[field.property];
  return property ? { kind: 'blocked', property } : { kind: 'missing' };
}
