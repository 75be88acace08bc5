import { entities } from '../../../definition/index.ts';
import { type Entity, type NotionField, notionFields } from '../../../entities/define.ts';
import { ConfigurationError, FinalError } from '../../../errors.ts';
import { acceptedTypes, type Property, type Schema, SYNC_KEY } from '../../../notion/schema.ts';
import type { Places } from './choose-databases.ts';
import { describeTranslations } from './choose-options.ts';
import type { Prompter } from './prompter.ts';
import { type PropertyProposal, type PropertyProposals, proposeProperties } from './propose-properties.ts';

/** The owner's property names by `entity/Property`. */
export type PropertyInput = ReadonlyMap<string, string>;

/** Parses `tasks/Priority=Dringlichkeit`. @throws ConfigurationError */
export function parsePropertyMapping(text: string): readonly [string, string] {
  const [, subject = '', property] = /^([^=]+?)\s*=\s*(.+)$/.exec(text) ?? [];
  if (property === undefined) {
    throw new ConfigurationError(
      `--map ${text} is not of the form tasks/Priority=Dringlichkeit or tasks/Status/Done=Erledigt`,
    );
  }
  const subjects = knownSubjects();
  if (subjects.includes(subject)) return [subject, property];
  throw new ConfigurationError(`--map ${text}: ${subject} is unknown; known are ${subjects.join(', ')}`);
}

const subjectOf = (entity: Entity, field: NotionField): string => `${entity.name}/${field.property}`;

const knownSubjects = (): readonly string[] =>
  entities().flatMap((entity) => notionFields(entity).map(([, field]) => subjectOf(entity, field)));

export const proposeForEntity = (entity: Entity, schema: Schema, places: Places): PropertyProposals =>
  proposeProperties(entity, schema, (name) => {
    const place = places.get(name);
    return place === null ? null : place?.id;
  });

/** Such as `7 of 7 properties, "Fällig" for "Due Date"; adds "Notes"; options: "Erledigt" is "Done"`. */
export function describeProperties(entity: Entity, schema: Schema, proposals: PropertyProposals): string {
  const fields = notionFields(entity);
  const found = fields.flatMap(([name, field]) => {
    const proposal = proposals.get(name);
    return proposal?.kind === 'found' ? [{ name, field, property: proposal.property }] : [];
  });
  const properties = new Map(found.map(({ name, property }) => [name, property.id]));
  const options = describeTranslations(entity, { schema, properties });
  const renamed = found
    .filter(({ field, property }) => field.kind !== 'title' && field.property !== property.name)
    .map(({ field, property }) => `"${property.name}" for "${field.property}"`);
  const ofKind = (kind: 'missing' | 'unclear'): string =>
    fields.flatMap(([name, field]) => (proposals.get(name)?.kind === kind ? [`"${field.property}"`] : [])).join(', ');
  const parts = [
    [`${found.length} of ${fields.length} properties`, ...renamed].join(', '),
    ...(ofKind('unclear') ? [`unclear ${ofKind('unclear')}`] : []),
    ...(ofKind('missing') ? [`adds ${ofKind('missing')}`] : []),
    ...(options.length > 0 ? [`options: ${options.join(', ')}`] : []),
  ];
  return parts.join('; ');
}

interface Asking {
  readonly ask: Prompter;
  readonly input: PropertyInput;
  /** Whether to ask about each property. */
  readonly oneByOne: boolean;
}

/**
 * Chooses the property of each field. Clear matches are used, unclear ones are asked.
 * @returns property ids by field name; without an entry if the property is to be added
 * @throws FinalError if another property has the name
 */
export async function chooseProperties(
  { ask, input, oneByOne }: Asking,
  entity: Entity,
  schema: Schema,
  proposals: PropertyProposals,
): Promise<ReadonlyMap<string, string>> {
  const chosen = new Map<string, string>();
  const isFree = ({ id }: Property): boolean => ![...chosen.values()].includes(id);
  const open = notionFields(entity).filter(([name, field]) => {
    const subject = subjectOf(entity, field);
    const propertyName = input.get(subject);
    if (propertyName === undefined) return true;
    chosen.set(name, propertyIdFor(subject, schema[propertyName], propertyName, acceptedTypes(field)));
    return false;
  });
  for (const [name, field] of open) {
    const subject = subjectOf(entity, field);
    const proposal = proposals.get(name) ?? { kind: 'missing' };
    const candidates = candidatesFor({ field, schema, proposal, oneByOne }).filter(isFree);
    if (candidates.length > 0) {
      const property = await pick(ask, entity, { field, schema, proposal, candidates });
      if (property) chosen.set(name, property.id);
    } else if (proposal.kind === 'found' && isFree(proposal.property)) chosen.set(name, proposal.property.id);
    else if (proposal.kind === 'blocked') throw conflictingProperty(subject, proposal.property, acceptedTypes(field));
  }
  return chosen;
}

interface Open {
  readonly field: NotionField;
  readonly schema: Schema;
  readonly proposal: PropertyProposal;
}

/** The choices for a field; empty if there is no question. */
function candidatesFor({ field, schema, proposal, oneByOne }: Open & { readonly oneByOne: boolean }) {
  if (proposal.kind === 'unclear') return proposal.candidates;
  const isObvious = field.kind === 'title' || (proposal.kind === 'found' && proposal.property.name === field.property);
  if (isObvious || !oneByOne) return [];
  return Object.values(schema).filter(({ name, type }) => name !== SYNC_KEY && acceptedTypes(field).includes(type));
}

function pick(
  ask: Prompter,
  entity: Entity,
  { field, schema, proposal, candidates }: Open & { readonly candidates: readonly Property[] },
): Promise<Property | null> {
  const subject = subjectOf(entity, field);
  const names = candidates.map(({ name }) => name).join(', ');
  return ask.choose<Property | null>(
    {
      message: `${entity.title}: which property is "${field.property}"?`,
      ...(proposal.kind === 'unclear' ? {} : { fallback: proposal.kind === 'found' ? proposal.property : null }),
      unansweredError: `several properties may be ${subject} (${names}): use --map "${subject}=…"`,
    },
    [
      ...candidates.map((property) => ({ value: property, label: property.name, hint: property.type })),
      ...(schema[field.property] ? [] : [{ value: null, label: 'None of them, add it' }]),
    ],
  );
}

function propertyIdFor(
  subject: string,
  property: Property | undefined,
  name: string,
  types: readonly string[],
): string {
  if (property && types.includes(property.type)) return property.id;
  const wrong = property ? `is of type ${property.type}, not ${types.join(' or ')}` : 'does not exist';
  throw new ConfigurationError(`--map ${subject}=${name}: the property "${name}" ${wrong}`);
}

const conflictingProperty = (subject: string, { name, type }: Property, types: readonly string[]): FinalError =>
  new FinalError(
    'property_retyped',
    types.includes(type)
      ? `${subject}: the relation "${name}" points to another database: rename it in Notion, and run lockstep init again`
      : `${subject}: the property "${name}" is of type ${type}, not ${types.join(' or ')}: change its type or rename it in Notion, and run lockstep init again`,
  );
