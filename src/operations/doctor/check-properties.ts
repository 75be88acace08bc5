import { quote } from '../../database/entity-sql.ts';
import { entities } from '../../definition/index.ts';
import type { NotionField } from '../../entities/define.ts';
import { isListField, notionFields } from '../../entities/define.ts';
import { changeSchema, type SchemaWrite } from '../../notion/data-source.ts';
import { acceptedTypes, locateProperty, type Property, unmappedProperties } from '../../notion/schema.ts';
import { pluralize } from '../status/format-status.ts';
import type { DoctorContext, ReadSource } from './doctor-context.ts';
import { type Check, FIX_COMMAND, type Finding, info } from './finding.ts';

/** Finds properties that are missing, of the wrong type, renamed, or not synced. */
export const checkProperties: Check = (context) =>
  context.findInEach(async (read) => {
    const { entity, source, known } = read;
    const findings: Finding[] = [];
    const mapped: string[] = [];
    for (const [name, field] of notionFields(entity)) {
      const located = locateProperty(source.properties, [name, field], known?.properties);
      if (located.kind === 'missing') findings.push(await missingProperty(context, read, name, field));
      else mapped.push(located.property.id);
      if (located.kind === 'retyped') findings.push(retypedProperty(read, field, located.property));
      if (located.kind === 'found' && located.property.name !== field.property) {
        const what = `its property is named "${located.property.name}" in Notion; Lockstep finds it by id`;
        findings.push(info({ code: 'property_renamed', subject: `${entity.name}/${field.property}`, what }));
      }
    }
    const others = unmappedProperties(entity, source.properties, mapped);
    if (others.length === 0) return findings;
    const what = `these properties are not synced: ${others.map((name) => `"${name}"`).join(', ')}`;
    return [...findings, info({ code: 'property_unmapped', subject: entity.name, what })];
  });

async function missingProperty(
  context: DoctorContext,
  read: ReadSource,
  name: string,
  field: NotionField,
): Promise<Finding> {
  const { entity, source } = read;
  const filled = await describeFilling(context, read, name, field);
  const finding = {
    code: 'property_missing',
    severity: 'problem',
    subject: `${entity.name}/${field.property}`,
    what: `the property "${field.property}" (${acceptedTypes(field)[0]}, column ${name}) is missing in Notion`,
    why: `${entity.name} is not synced until it exists${filled && `; then ${filled}`}`,
  } as const;
  if (source.properties[field.property]) {
    const fix = `rename the property that is now named "${field.property}", because it belongs to another field; then run ${FIX_COMMAND}`;
    return { ...finding, fix };
  }
  const config = await propertyConfig(context, field);
  if (typeof config === 'string') return { ...finding, fix: `first fix ${config}, then run ${FIX_COMMAND}` };
  const applyFix = async (): Promise<string> => {
    // A write to an existing property would change it.
    if ((await context.readCurrentSchema(read))[field.property]) return `"${field.property}" already exists`;
    const what = `adding "${field.property}"`;
    await changeSchema(context.api, entity, source.id, what, { [field.property]: config });
    return `added the property "${field.property}" (${acceptedTypes(field)[0]})${filled && `; ${filled}`}`;
  };
  return { ...finding, fix: FIX_COMMAND, applyFix };
}

/** What the next cycle does with an empty property. Pages that were never synced stay as they are. */
async function describeFilling(
  { database }: DoctorContext,
  { entity }: ReadSource,
  name: string,
  field: NotionField,
): Promise<string> {
  const rows =
    field.kind === 'relation_many'
      ? `SELECT count(DISTINCT ${quote(field.joinColumns[0])})::int AS rows FROM ${quote(field.joinTable)}`
      : `SELECT count(${filledValue(name, field)})::int AS rows FROM ${quote(entity.table)}`;
  const [found] = await database.query<{ rows: number }>(rows);
  if (!found || found.rows === 0) return '';
  return `the next cycle fills it from the column ${name}, where ${pluralize(found.rows, 'row')} ${found.rows === 1 ? 'has' : 'have'} a value`;
}

/** Null where the column is empty. */
function filledValue(name: string, field: NotionField): string {
  if (field.kind === 'checkbox') return `nullif(${quote(name)}, false)`;
  return isListField(field) ? `nullif(${quote(name)}, '{}')` : quote(name);
}

const retypedProperty = ({ entity }: ReadSource, field: NotionField, { name, type }: Property): Finding => ({
  code: 'property_retyped',
  severity: 'problem',
  subject: `${entity.name}/${field.property}`,
  what: `the property "${name}" is of type ${type}, not ${acceptedTypes(field).join(' or ')}`,
  why: `${entity.name} is not synced until the type is right`,
  fix: `change its type back in Notion (••• → Edit property → Type); or rename it and run ${FIX_COMMAND}, which adds an empty property`,
});

/** The property to add for a field; or what is missing first: the entity that a relation points to, or a wiki. */
async function propertyConfig(
  context: DoctorContext,
  field: NotionField,
): Promise<NonNullable<SchemaWrite[string]> | string> {
  switch (field.kind) {
    case 'title':
      return { title: {} };
    case 'rich_text':
      return { rich_text: {} };
    case 'select':
      return { select: { options: field.options.map((name) => ({ name })) } };
    case 'number':
      return { number: {} };
    case 'date':
    case 'timestamp':
      return { date: {} };
    case 'url':
      return { url: {} };
    case 'email':
      return { email: {} };
    case 'phone_number':
      return { phone_number: {} };
    case 'checkbox':
      return { checkbox: {} };
    case 'multi_select':
      return { multi_select: { options: field.options.map((name) => ({ name })) } };
    case 'people':
      return { people: {} };
    case 'files':
      return { files: {} };
    case 'place':
      return { place: {} };
    case 'verification':
      return 'the database: turn it into a wiki in Notion, which adds the property';
    case 'relation_one':
    case 'relation_many': {
      const target = entities().find((entity) => entity.name === field.to);
      const read = target && (await context.read(target)).read;
      if (!read) return field.to;
      const data_source_id = read.source.id;
      return field.dual === undefined
        ? { relation: { data_source_id, single_property: {} } }
        : { relation: { data_source_id, dual_property: { synced_property_name: field.dual } } };
    }
  }
}
