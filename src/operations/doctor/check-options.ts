import type { Database } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import { type Entity, isOptionField, notionFields, type OptionField } from '../../entities/define.ts';
import { isSpelledAlike } from '../../entities/option-names.ts';
import { changeSchema, type SchemaWrite } from '../../notion/data-source.ts';
import { currentOptionName } from '../../notion/option-renames.ts';
import { translateOptions } from '../../notion/option-translations.ts';
import {
  declaredOptions,
  locateProperty,
  optionsOf,
  type Property,
  propertyById,
  toKnownProperty,
} from '../../notion/schema.ts';
import type { DoctorContext, ReadSource } from './doctor-context.ts';
import { type Check, FIX_COMMAND, type Finding, info } from './finding.ts';
import { translatedOption } from './translated-option.ts';

/** A limit of Notion. */
const MAX_OPTIONS = 100;

/** Finds options that are missing in Notion: those of the entity file and, for a status property, those that rows have. */
export const checkOptions: Check = (context) =>
  context.findInEach(async (read) => {
    const { entity, source, known } = read;
    const findings: Finding[] = [];
    for (const [name, field] of notionFields(entity)) {
      if (!isOptionField(field)) continue;
      const located = locateProperty(source.properties, [name, field], known?.properties);
      if (located.kind === 'found')
        findings.push(...(await findingsForField(context, read, [name, field], located.property)));
    }
    return findings;
  });

async function findingsForField(
  context: DoctorContext,
  read: ReadSource,
  [name, field]: [string, OptionField],
  property: Property,
): Promise<Finding[]> {
  const { entity, known } = read;
  const subject = `${entity.name}/${field.property}`;
  const now = toKnownProperty(entity, field, property, known?.properties[name]);
  const present = Object.values(now.options ?? {});
  /** The same option under another name, or one that differs only in case. */
  const replacementFor = (option: string): string | undefined =>
    currentOptionName(now, option) ?? present.find((other) => isSpelledAlike(other, option));

  const needed = property.type === 'status' ? declaredOptions(entity, field) : field.options;
  const absent = [
    ...needed,
    ...(property.type === 'status' ? await readUsedValues(context.database, entity, name) : []),
  ].filter((option, at, all) => all.indexOf(option) === at && !present.includes(option));
  const findings = declaredOptions(entity, field).flatMap((option) => {
    const other = present.includes(option) ? undefined : replacementFor(option);
    return other === undefined ? [] : [renamedOption(entity, field, subject, option, other)];
  });
  const unknown = absent.filter((option) => replacementFor(option) === undefined);
  const translated = translateOptions(declaredOptions(entity, field), present);
  const missing = unknown.filter((option) => !Object.hasOwn(translated, option));
  return [
    ...findings,
    ...Object.entries(translated).flatMap(([option, other]) =>
      unknown.includes(option) ? [translatedOption(context, read, { subject, name, option, other })] : [],
    ),
    ...(missing.length === 0 ? [] : [missingOptions(context, read, { subject, property, missing })]),
  ];
}

/** The values of a column. A page update cannot create an option of a status property, so each must exist. */
async function readUsedValues(database: Database, { table }: Entity, column: string): Promise<string[]> {
  const rows = await database.query<{ value: string }>(
    `SELECT DISTINCT ${quote(column)} AS value FROM ${quote(table)} WHERE ${quote(column)} <> '' ORDER BY 1`,
  );
  return rows.map(({ value }) => value);
}

function renamedOption(entity: Entity, field: OptionField, subject: string, option: string, other: string): Finding {
  const uses = usesOf(entity, field, option);
  if (uses.length === 0) {
    const what = `the option "${option}" is named "${other}" in Notion; rows use the new name`;
    return info({ code: 'option_renamed', subject, what });
  }
  return {
    code: 'option_renamed',
    severity: 'problem',
    subject,
    what: `the option "${option}" is named "${other}" in Notion`,
    why: `Lockstep depends on the name "${option}": ${uses.join('; ')}`,
    fix: `rename "${other}" back to "${option}" in Notion; or change the name in src/entities/${entity.name.replaceAll('_', '-')}.ts, and in the column default and the views with a migration`,
  };
}

/** What depends on the option's name. */
function usesOf(
  { fields, archivedStatus, closedStatuses = [], table }: Entity,
  field: OptionField,
  option: string,
): string[] {
  const isStatus = field === fields.status;
  return [
    ...(field.kind === 'select' && field.default === option
      ? ['new rows get it by default, and create it again in Notion']
      : []),
    ...(isStatus && archivedStatus === option ? [`active_${table} excludes it`] : []),
    ...(isStatus && closedStatuses.includes(option) ? [`active_${table} and the calendar exclude it`] : []),
  ];
}

type OptionsWrite = NonNullable<Extract<NonNullable<SchemaWrite[string]>, { select: unknown }>['select']['options']>;

interface MissingOptions {
  readonly subject: string;
  readonly property: Property;
  readonly missing: readonly string[];
}

function missingOptions(
  context: DoctorContext,
  read: ReadSource,
  { subject, property, missing }: MissingOptions,
): Finding {
  const list = missing.map((name) => `"${name}"`).join(', ');
  const finding = {
    code: 'option_missing',
    severity: 'problem',
    subject,
    what: `Notion does not have the ${missing.length === 1 ? 'option' : 'options'} ${list}`,
    why:
      property.type === 'status'
        ? 'a page update cannot create an option of a status property: rows with this value are not sent'
        : 'it cannot be selected in Notion until a row with this value is synced',
  } as const;
  const isAddable = missing.every((name) => !name.includes(',') && name.length <= 100);
  if (!isAddable || optionsOf(property).length + missing.length > MAX_OPTIONS) {
    return {
      ...finding,
      fix: 'add it in Notion, or change it in SQL: Notion allows up to 100 options, without commas',
    };
  }
  return { ...finding, fix: FIX_COMMAND, applyFix: () => addOptions(context, read, property.id, missing) };
}

function withOptions(
  type: 'select' | 'multi_select' | 'status',
  options: OptionsWrite,
): NonNullable<SchemaWrite[string]> {
  if (type === 'status') return { status: { options } };
  return type === 'select' ? { select: { options } } : { multi_select: { options } };
}

/** Notion replaces the whole list of options, so the write repeats the options that exist. */
async function addOptions(
  context: DoctorContext,
  read: ReadSource,
  propertyId: string,
  names: readonly string[],
): Promise<string> {
  const property = propertyById(await context.readCurrentSchema(read), propertyId);
  if (!property || !(property.type === 'status' || property.type === 'select' || property.type === 'multi_select')) {
    return 'the property no longer exists';
  }
  const present = optionsOf(property);
  const exists = (name: string): boolean => present.some((option) => isSpelledAlike(option.name, name));
  const added = names.filter((name) => !exists(name));
  const all = [...present.map(({ id, name, color }) => ({ id, name, color })), ...added.map((name) => ({ name }))];
  const config = withOptions(property.type, all);
  await changeSchema(context.api, read.entity, read.source.id, `adding options to "${property.name}"`, {
    [propertyId]: config,
  });
  return `added the ${added.length === 1 ? 'option' : 'options'} ${added.map((name) => `"${name}"`).join(', ')}`;
}
