import type { NotionField } from '../../entities/define.ts';
import { notionFields } from '../../entities/define.ts';
import { entities } from '../../entities/index.ts';
import { changeSchema, type SchemaWrite } from '../../notion/data-source.ts';
import { acceptedTypes, locate, type Property, unmapped } from '../../notion/schema.ts';
import type { DoctorContext, ReadSource } from './context.ts';
import { type Check, FIX, type Finding, info } from './finding.ts';

/** Whether each field has its property, of its type. */
export const properties: Check = (context) =>
  context.inEach(async (read) => {
    const { entity, source, known } = read;
    const findings: Finding[] = [];
    const mapped: string[] = [];
    for (const [name, field] of notionFields(entity)) {
      const located = locate(source.properties, [name, field], known?.properties);
      if (located.kind === 'missing') findings.push(await missing(context, read, name, field));
      else mapped.push(located.property.id);
      if (located.kind === 'retyped') findings.push(retyped(read, field, located.property));
      if (located.kind === 'found' && located.property.name !== field.property) {
        const what = `its property is called "${located.property.name}" in Notion; it is known by its id`;
        findings.push(info({ code: 'property_renamed', subject: `${entity.name}/${field.property}`, what }));
      }
    }
    const others = unmapped(entity, source.properties, mapped);
    if (others.length === 0) return findings;
    const what = `these properties are not synced: ${others.map((name) => `"${name}"`).join(', ')}`;
    return [...findings, info({ code: 'property_unmapped', subject: entity.name, what })];
  });

async function missing(context: DoctorContext, read: ReadSource, name: string, field: NotionField): Promise<Finding> {
  const { entity, source } = read;
  const finding = {
    code: 'property_missing',
    severity: 'problem',
    subject: `${entity.name}/${field.property}`,
    what: `the property "${field.property}" (${acceptedTypes(field)[0]}, column ${name}) is missing in Notion`,
    why: `nothing of ${entity.name} is synced until it is there`,
  } as const;
  if (source.properties[field.property]) {
    const mend = `rename the property that is called "${field.property}" now, since it is another field's; then: ${FIX}`;
    return { ...finding, mend };
  }
  const config = await configOf(context, field);
  if (typeof config === 'string') return { ...finding, mend: `first mend ${config}, then: ${FIX}` };
  const fix = async (): Promise<string> => {
    // A write to a property that is there would change it.
    if ((await context.schemaNow(read))[field.property]) return `"${field.property}" is there by now`;
    const what = `adding "${field.property}"`;
    await changeSchema(context.api, entity, source.id, what, { [field.property]: config });
    return `added the property "${field.property}" (${acceptedTypes(field)[0]})`;
  };
  return { ...finding, mend: FIX, fix };
}

const retyped = ({ entity }: ReadSource, field: NotionField, { name, type }: Property): Finding => ({
  code: 'property_retyped',
  severity: 'problem',
  subject: `${entity.name}/${field.property}`,
  what: `the property "${name}" is of type ${type}, not ${acceptedTypes(field).join(' or ')}`,
  why: `nothing of ${entity.name} is synced until it is`,
  mend: `give it its type again in Notion (••• → Edit property → Type); or rename it and run ${FIX}, which adds an empty one`,
});

/** What is to be added for a field; or the entity that a relation cannot be made to yet. */
async function configOf(
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
    case 'relation_one':
    case 'relation_many': {
      const target = entities.find((entity) => entity.name === field.to);
      const read = target && (await context.read(target)).read;
      if (!read) return field.to;
      const data_source_id = read.source.id;
      return field.dual === undefined
        ? { relation: { data_source_id, single_property: {} } }
        : { relation: { data_source_id, dual_property: { synced_property_name: field.dual } } };
    }
  }
}
