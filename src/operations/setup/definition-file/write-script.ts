import type { EntityDefinition } from '../../../definition/schema.ts';
import type { Field } from '../../../entities/define.ts';

/** A string literal of TypeScript, in the quotes that need fewer escapes; in single quotes if both need the same. */
export function quoted(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1);
  const count = (quote: string): number => text.split(quote).length - 1;
  if (count("'") > count('"')) return `"${inside}"`;
  return `'${inside.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

type Literal = string | number | readonly string[] | { readonly [key: string]: Literal };

function literal(value: Literal): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return String(value);
  if (isList(value)) return `[${value.map(quoted).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${/^[a-z_]\w*$/i.test(key) ? key : quoted(key)}: ${literal(each)}`)
    .join(', ')} }`;
}

const isList = (value: Literal): value is readonly string[] => Array.isArray(value);

/** The function of the package that declares a field, and its arguments. */
function declarationOf(field: Field): { readonly call: string; readonly values: readonly Literal[] } {
  switch (field.kind) {
    case 'title':
    case 'url':
    case 'email':
    case 'checkbox':
    case 'people':
    case 'files':
    case 'place':
    case 'verification':
      return { call: field.kind, values: [field.property] };
    case 'rich_text':
      return { call: 'richText', values: [field.property] };
    case 'phone_number':
      return { call: 'phoneNumber', values: [field.property] };
    case 'number':
    case 'date':
    case 'timestamp': {
      const { kind, property, ...more } = field;
      return { call: kind, values: [property, more] };
    }
    case 'select': {
      const { kind, property, options, ...more } = field;
      return { call: kind, values: [property, options, more] };
    }
    case 'multi_select':
      return { call: 'multiSelect', values: [field.property, field.options] };
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

/** A field as in a definition file: `titulo: title('Título'),`. */
export function fieldLine(name: string, field: Field): string {
  const { call, values } = declarationOf(field);
  return `${name}: ${call}(${values.filter(isNotEmpty).map(literal).join(', ')}),`;
}

/** The functions that a definition file imports for these entities. */
export const callsIn = (entities: readonly (string | EntityDefinition)[]): readonly string[] =>
  entities.flatMap((entity) =>
    typeof entity === 'string' ? [] : Object.values(entity.fields).map((field) => declarationOf(field).call),
  );

/** An entity as an element of the list in a definition file, with the comma after it; two spaces are one level. */
export function entityLines(entity: string | EntityDefinition): readonly string[] {
  if (typeof entity === 'string') return [`${quoted(entity)},`];
  const { fields, ...facts } = entity;
  return [
    '{',
    ...Object.entries(facts).map(([key, value]) => `  ${key}: ${literal(value)},`),
    '  fields: {',
    ...Object.entries(fields).map(([name, field]) => `    ${fieldLine(name, field)}`),
    '  },',
    '},',
  ];
}

export const importLine = (calls: Iterable<string>): string =>
  `import { ${[...new Set(calls)].toSorted().join(', ')} } from 'lockstep';`;

/** The text of a new `lockstep.config.ts`. */
export const scriptOf = (entities: readonly (string | EntityDefinition)[]): string =>
  [
    importLine(['defineConfig', ...callsIn(entities)]),
    '',
    'export default defineConfig({',
    '  entities: [',
    ...entities.flatMap(entityLines).map((line) => `    ${line}`),
    '  ],',
    '});',
    '',
  ].join('\n');
