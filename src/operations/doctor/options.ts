import { asDatabaseErrors, type Database } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import type { Entity, SelectField } from '../../entities/define.ts';
import { notionFields } from '../../entities/define.ts';
import { changeSchema } from '../../notion/data-source.ts';
import { renamedTo } from '../../notion/option-renames.ts';
import { byId, declaredOptions, locate, optionsOf, type Property, toKnown } from '../../notion/schema.ts';
import type { DoctorContext, ReadSource } from './context.ts';
import { type Check, FIX, type Finding, info } from './finding.ts';

/** Notion refuses a longer list of options. */
const MOST_OPTIONS = 100;

/** Whether Notion has the options of the entity file, and those that rows need of a status. */
export const options: Check = (context) =>
  context.inEach(async (read) => {
    const { entity, source, known } = read;
    const findings: Finding[] = [];
    for (const [name, field] of notionFields(entity)) {
      if (field.kind !== 'select') continue;
      const located = locate(source.properties, [name, field], known?.properties);
      if (located.kind === 'found') findings.push(...(await ofField(context, read, [name, field], located.property)));
    }
    return findings;
  });

async function ofField(
  context: DoctorContext,
  read: ReadSource,
  [name, field]: [string, SelectField],
  property: Property,
): Promise<Finding[]> {
  const { entity, known } = read;
  const subject = `${entity.name}/${field.property}`;
  const present = optionsOf(property).map((option) => option.name);
  const now = toKnown(entity, field, property, known?.properties[name]);
  /** What is there in its stead: the same option under another name, or one that differs in capitals alone. */
  const insteadOf = (option: string): string | undefined =>
    renamedTo(now, option) ?? present.find((other) => other.toLowerCase() === option.toLowerCase());

  const needed = property.type === 'status' ? declaredOptions(entity, field) : field.options;
  const absent = [
    ...needed,
    ...(property.type === 'status' ? await usedInSql(context.database, entity, name) : []),
  ].filter((option, at, all) => all.indexOf(option) === at && !present.includes(option));
  const findings = declaredOptions(entity, field).flatMap((option) => {
    const other = present.includes(option) ? undefined : insteadOf(option);
    return other === undefined ? [] : [renamed(entity, field, subject, option, other)];
  });
  const missing = absent.filter((option) => insteadOf(option) === undefined);
  return missing.length === 0 ? findings : [...findings, missingOptions(context, read, { subject, property, missing })];
}

/** The values of a column; a page cannot make an option of a status, so that each is needed. */
async function usedInSql(database: Database, { table }: Entity, column: string): Promise<string[]> {
  const rows = await asDatabaseErrors(() =>
    database.$queryRawUnsafe<{ value: string }[]>(
      `SELECT DISTINCT ${quote(column)} AS value FROM ${quote(table)} WHERE ${quote(column)} <> '' ORDER BY 1`,
    ),
  );
  return rows.map(({ value }) => value);
}

function renamed(entity: Entity, field: SelectField, subject: string, option: string, other: string): Finding {
  const uses = usesOf(entity, field, option);
  if (uses.length === 0) {
    const what = `the option "${option}" is called "${other}" in Notion; rows follow it`;
    return info({ code: 'option_renamed', subject, what });
  }
  return {
    code: 'option_renamed',
    severity: 'problem',
    subject,
    what: `the option "${option}" is called "${other}" in Notion`,
    why: `"${option}" has a meaning that is bound to its name: ${uses.join('; ')}`,
    mend: `rename "${other}" back to "${option}" in Notion; or change it in src/entities/${entity.name.replaceAll('_', '-')}.ts, and in the column's default and the views by a migration`,
  };
}

/** What goes by the option's name alone. */
function usesOf(
  { fields, archivedStatus, closedStatuses = [], table }: Entity,
  field: SelectField,
  option: string,
): string[] {
  const isStatus = field === fields.status;
  return [
    ...(field.default === option ? ['new rows get it, and make it again in Notion'] : []),
    ...(isStatus && archivedStatus === option ? [`active_${table} leaves it out`] : []),
    ...(isStatus && closedStatuses.includes(option) ? [`active_${table} and the calendar leave it out`] : []),
  ];
}

interface Missing {
  readonly subject: string;
  readonly property: Property;
  readonly missing: readonly string[];
}

function missingOptions(context: DoctorContext, read: ReadSource, { subject, property, missing }: Missing): Finding {
  const list = missing.map((name) => `"${name}"`).join(', ');
  const finding = {
    code: 'option_missing',
    severity: 'problem',
    subject,
    what: `Notion lacks the ${missing.length === 1 ? 'option' : 'options'} ${list}`,
    why:
      property.type === 'status'
        ? 'a page cannot make an option of a status: rows that have it are not sent'
        : 'people cannot choose it in Notion until a row brings it along',
  } as const;
  const addable = missing.every((name) => !name.includes(',') && name.length <= 100);
  if (!addable || optionsOf(property).length + missing.length > MOST_OPTIONS) {
    return {
      ...finding,
      mend: 'add it in Notion by hand, or change it in SQL: Notion takes up to 100 options, without commas',
    };
  }
  return { ...finding, mend: FIX, fix: () => addOptions(context, read, property.id, missing) };
}

/** Notion replaces the whole list, so that each option that is there now goes along as it is. */
async function addOptions(
  context: DoctorContext,
  read: ReadSource,
  propertyId: string,
  names: readonly string[],
): Promise<string> {
  const property = byId(await context.schemaNow(read), propertyId);
  if (property?.type !== 'select' && property?.type !== 'status') return 'the property is gone by now';
  const present = optionsOf(property);
  const isThere = (name: string): boolean => present.some((option) => option.name.toLowerCase() === name.toLowerCase());
  const added = names.filter((name) => !isThere(name));
  const all = [...present.map(({ id, name, color }) => ({ id, name, color })), ...added.map((name) => ({ name }))];
  const config = property.type === 'status' ? { status: { options: all } } : { select: { options: all } };
  await changeSchema(context.api, read.entity, read.source.id, `adding options to "${property.name}"`, {
    [propertyId]: config,
  });
  return `added the ${added.length === 1 ? 'option' : 'options'} ${added.map((name) => `"${name}"`).join(', ')}`;
}
