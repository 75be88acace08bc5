import { type Entity, relationFields } from '../../../entities/define.ts';
import { type Column, columnsOf } from './columns.ts';
import { pascalCase, toSingular } from './word-forms.ts';

/** The tables in `schema.prisma`. */
export const tablesIn = (schema: string): readonly string[] =>
  [...schema.matchAll(/^ {2}@@map\("(\w+)"\)/gm)].map(([, table = '']) => table);
const modelsIn = (schema: string): readonly string[] =>
  [...schema.matchAll(/^model (\w+)/gm)].map(([, model = '']) => model);

/** Type names of Prisma that are not globals of JavaScript. */
const PRISMA_TYPES = ['Int', 'Float', 'Decimal', 'DateTime', 'Json', 'Bytes', 'Unsupported', 'Prisma', 'PrismaClient'];

/** Adds the models of an entity's table and of its join tables to `schema.prisma`. */
export function addToSchema(schema: string, entity: Entity): string {
  const taken = new Set([...modelsIn(schema), ...PRISMA_TYPES]);
  const nameOf = (wanted: string): string => {
    const name = taken.has(wanted) || wanted in globalThis ? `${wanted}Row` : wanted;
    taken.add(name);
    return name;
  };
  return [
    schema.trimEnd(),
    tableModel(entity, nameOf(pascalCase(toSingular(entity.name)))),
    ...joinModels(entity, nameOf),
  ]
    .join('\n\n')
    .concat('\n');
}

function tableModel(entity: Entity, name: string): string {
  const columns = columnsOf(entity);
  const toOne = relationFields(entity).flatMap(([field, { kind }]) => (kind === 'relation_one' ? [field] : []));
  const indexed = [...toOne, 'notion_last_edited_at', 'sql_local_last_edited_at'];
  return [
    `model ${name} {`,
    ...inColumns(columns),
    '',
    ...indexed.map((column) => `  @@index([${column}])`),
    `  @@map("${entity.table}")`,
    '}',
  ].join('\n');
}

function inColumns(columns: readonly Column[]): string[] {
  const names = Math.max(...columns.map(({ name }) => name.length));
  const types = Math.max(...columns.map(({ prismaType }) => prismaType.length));
  return columns.map(({ name, prismaType, attributes }) =>
    `  ${name.padEnd(names)} ${prismaType.padEnd(types)} ${attributes}`.trimEnd(),
  );
}

const joinModels = (entity: Entity, nameOf: (wanted: string) => string): string[] =>
  relationFields(entity).flatMap(([, field]) => {
    if (field.kind !== 'relation_many') return [];
    const [own, other] = field.joinColumns;
    return [
      [
        `model ${nameOf(pascalCase(field.joinTable))} {`,
        `  ${own} String @db.Uuid`,
        `  ${other} String @db.Uuid`,
        '',
        `  @@id([${own}, ${other}])`,
        `  @@index([${other}])`,
        `  @@map("${field.joinTable}")`,
        '}',
      ].join('\n'),
    ];
  });
