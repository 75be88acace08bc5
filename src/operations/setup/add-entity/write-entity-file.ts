import type { BackLinkField, Entity, Field } from '../../../entities/define.ts';
import { constantOf } from './entity-name.ts';

/** A string literal of TypeScript, in the quotes that need fewer escapes; in single quotes if both need the same. */
export function quoted(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1);
  const count = (quote: string): number => text.split(quote).length - 1;
  if (count("'") > count('"')) return `"${inside}"`;
  return `'${inside.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

type Literal = string | number | readonly string[] | Readonly<Record<string, string | number>>;

function literal(value: Literal): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return String(value);
  if (isList(value)) return `[${value.map(quoted).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${key}: ${literal(each)}`)
    .join(', ')} }`;
}

const isList = (value: Literal): value is readonly string[] => Array.isArray(value);

/** The function of `define.ts` that declares a field, and its arguments. */
function declarationOf(field: Field): { readonly call: string; readonly values: readonly Literal[] } {
  switch (field.kind) {
    case 'title':
    case 'url':
    case 'email':
    case 'timestamp':
      return { call: field.kind, values: [field.property] };
    case 'rich_text':
      return { call: 'richText', values: [field.property] };
    case 'phone_number':
      return { call: 'phoneNumber', values: [field.property] };
    case 'number': {
      const { kind, property, ...more } = field;
      return { call: kind, values: [property, more] };
    }
    case 'date': {
      const { kind, property, ...more } = field;
      return { call: kind, values: [property, more] };
    }
    case 'select': {
      const { kind, property, options, ...more } = field;
      return { call: kind, values: [property, options, more] };
    }
    case 'relation_one': {
      const { kind: _, property, to, ...more } = field;
      return { call: 'relationToOne', values: [property, to, more] };
    }
    case 'relation_many': {
      const { kind: _, property, to, joinTable, joinColumns, ...more } = field;
      return { call: 'relationToMany', values: [property, to, joinTable, joinColumns, more] };
    }
    case 'back_link':
      return { call: 'backLink', values: [field.property, field.of, field.through] };
    case 'computed':
      return { call: field.kind, values: [field.property, field.as] };
    case 'body':
      return { call: 'body', values: [] };
    case 'plain':
    case 'flag':
      throw new Error(`"${field.property}" is a ${field.kind}, which is not a Notion property`);
  }
}

const isNotEmpty = (value: Literal): boolean =>
  typeof value !== 'object' || isList(value) || Object.keys(value).length > 0;

function fieldLine(name: string, field: Field): string {
  const { call, values } = declarationOf(field);
  return `    ${name}: ${call}(${values.filter(isNotEmpty).map(literal).join(', ')}),`;
}

const importOf = (calls: Iterable<string>): string =>
  `import { ${[...new Set(calls)].sort().join(', ')} } from './define.ts';`;

/** The text of `src/entities/<name>.ts`, not formatted. */
export function entityFile({ name, table, databaseId, title, fields, ...statuses }: Entity): string {
  const calls = Object.values(fields).map((field) => declarationOf(field).call);
  const facts: Record<string, Literal | undefined> = {
    name,
    table,
    databaseId,
    title,
    archivedStatus: statuses.archivedStatus,
    closedStatuses: statuses.closedStatuses,
  };
  return [
    importOf(['defineEntity', ...calls]),
    '',
    `export const ${constantOf(name)} = defineEntity({`,
    ...Object.entries(facts).flatMap(([key, value]) => (value === undefined ? [] : [`  ${key}: ${literal(value)},`])),
    '  fields: {',
    ...Object.entries(fields).map(([field, declared]) => fieldLine(field, declared)),
    '  },',
    '});',
    '',
  ].join('\n');
}

const IMPORT = /import \{([^}]*)\} from '\.\/define\.ts';/;
const END = /\n {2}\},\n\}\);\n$/;

/**
 * Adds a back-link to an entity's file, as its last field.
 * @returns undefined if the file does not have the expected form
 */
export function addBackLink(file: string, name: string, link: BackLinkField): string | undefined {
  const imported = IMPORT.exec(file)?.[1];
  if (imported === undefined || !END.test(file)) return undefined;
  const calls = imported
    .split(',')
    .map((call) => call.trim())
    .filter(Boolean);
  return file
    .replace(IMPORT, () => importOf(['backLink', ...calls]))
    .replace(END, (end) => `\n${fieldLine(name, link)}${end}`);
}
