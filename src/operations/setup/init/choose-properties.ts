import { type Entity, type NotionField, notionFields } from '../../../entities/define.ts';
import { entities } from '../../../entities/index.ts';
import { ConfigurationError, FinalError } from '../../../errors.ts';
import { acceptedTypes, type Property, type Schema, SYNC_KEY } from '../../../notion/schema.ts';
import type { Ask } from './ask.ts';
import type { Places } from './choose-databases.ts';
import { type PropertyProposal, type PropertyProposals, proposeProperties } from './propose-properties.ts';

/** Property names by `entity/Property`, as the owner gave them. */
export type Wishes = ReadonlyMap<string, string>;

/** `tasks/Priority=Dringlichkeit` @throws ConfigurationError for anything else */
export function readWish(text: string): readonly [string, string] {
  const [, subject = '', property] = /^([^=]+?)\s*=\s*(.+)$/.exec(text) ?? [];
  if (property === undefined) {
    throw new ConfigurationError(`--map ${text} is not of the form tasks/Priority=Dringlichkeit`);
  }
  if (subjects.includes(subject)) return [subject, property];
  throw new ConfigurationError(`--map ${text}: there is no ${subject}; there are ${subjects.join(', ')}`);
}

const subjectOf = (entity: Entity, field: NotionField): string => `${entity.name}/${field.property}`;

const subjects = entities.flatMap((entity) => notionFields(entity).map(([, field]) => subjectOf(entity, field)));

export const propose = (entity: Entity, schema: Schema, places: Places): PropertyProposals =>
  proposeProperties(entity, schema, (name) => {
    const place = places.get(name);
    return place === null ? null : place?.id;
  });

/** «7 of 7 properties, "Fällig" for "Due Date"; adds "Notes"» */
export function describeProperties(entity: Entity, proposals: PropertyProposals): string {
  const fields = notionFields(entity);
  const found = fields.flatMap(([name, field]) => {
    const proposal = proposals.get(name);
    return proposal?.kind === 'found' ? [{ field, property: proposal.property }] : [];
  });
  const renamed = found
    .filter(({ field, property }) => field.kind !== 'title' && field.property !== property.name)
    .map(({ field, property }) => `"${property.name}" for "${field.property}"`);
  const ofKind = (kind: 'missing' | 'unclear'): string =>
    fields.flatMap(([name, field]) => (proposals.get(name)?.kind === kind ? [`"${field.property}"`] : [])).join(', ');
  const parts = [
    [`${found.length} of ${fields.length} properties`, ...renamed].join(', '),
    ...(ofKind('unclear') ? [`unclear ${ofKind('unclear')}`] : []),
    ...(ofKind('missing') ? [`adds ${ofKind('missing')}`] : []),
  ];
  return parts.join('; ');
}

interface Asking {
  readonly ask: Ask;
  readonly wishes: Wishes;
  /** The owner wants to see every property. */
  readonly oneByOne: boolean;
}

/**
 * Settles on which property each field lives. What is clear is taken, what is not is asked.
 * @returns property ids by field name; a field that is left out is to be added
 * @throws FinalError for a property in the way
 */
export async function chooseProperties(
  { ask, wishes, oneByOne }: Asking,
  entity: Entity,
  schema: Schema,
  proposals: PropertyProposals,
): Promise<ReadonlyMap<string, string>> {
  const chosen = new Map<string, string>();
  const isFree = ({ id }: Property): boolean => ![...chosen.values()].includes(id);
  const open = notionFields(entity).filter(([name, field]) => {
    const wish = wishes.get(subjectOf(entity, field));
    if (wish !== undefined)
      chosen.set(name, wished(subjectOf(entity, field), schema[wish], wish, acceptedTypes(field)));
    return wish === undefined;
  });
  for (const [name, field] of open) {
    const subject = subjectOf(entity, field);
    const proposal = proposals.get(name) ?? { kind: 'missing' };
    const candidates = candidatesFor({ field, schema, proposal, oneByOne }).filter(isFree);
    if (candidates.length > 0) {
      const property = await pick(ask, entity, { field, schema, proposal, candidates });
      if (property) chosen.set(name, property.id);
    } else if (proposal.kind === 'found' && isFree(proposal.property)) chosen.set(name, proposal.property.id);
    else if (proposal.kind === 'blocked') throw inTheWay(subject, proposal.property, acceptedTypes(field));
  }
  return chosen;
}

interface Open {
  readonly field: NotionField;
  readonly schema: Schema;
  readonly proposal: PropertyProposal;
}

/** What there is to choose from, where there is something to ask. */
function candidatesFor({ field, schema, proposal, oneByOne }: Open & { readonly oneByOne: boolean }) {
  if (proposal.kind === 'unclear') return proposal.candidates;
  const isPlain = field.kind === 'title' || (proposal.kind === 'found' && proposal.property.name === field.property);
  if (isPlain || !oneByOne) return [];
  return Object.values(schema).filter(({ name, type }) => name !== SYNC_KEY && acceptedTypes(field).includes(type));
}

function pick(
  ask: Ask,
  entity: Entity,
  { field, schema, proposal, candidates }: Open & { readonly candidates: readonly Property[] },
): Promise<Property | null> {
  const subject = subjectOf(entity, field);
  const names = candidates.map(({ name }) => name).join(', ');
  return ask.choose<Property | null>(
    {
      message: `${entity.title}: which property is «${field.property}»?`,
      ...(proposal.kind === 'unclear' ? {} : { fallback: proposal.kind === 'found' ? proposal.property : null }),
      otherwise: `it is unclear which property is ${subject} (${names}): give --map "${subject}=…"`,
    },
    [
      ...candidates.map((property) => ({ value: property, label: property.name, hint: property.type })),
      ...(schema[field.property] ? [] : [{ value: null, label: 'None of them: add it' }]),
    ],
  );
}

function wished(subject: string, property: Property | undefined, name: string, types: readonly string[]): string {
  if (property && types.includes(property.type)) return property.id;
  const wrong = property ? `is of type ${property.type}, not ${types.join(' or ')}` : 'is not there';
  throw new ConfigurationError(`--map ${subject}=${name}: the property "${name}" ${wrong}`);
}

const inTheWay = (subject: string, { name, type }: Property, types: readonly string[]): FinalError =>
  new FinalError(
    'property_retyped',
    types.includes(type)
      ? `${subject}: the relation "${name}" leads to another database: rename it in Notion, and run lockstep init again`
      : `${subject}: the property "${name}" is of type ${type}, not ${types.join(' or ')}: change its type or rename it in Notion, and run lockstep init again`,
  );
