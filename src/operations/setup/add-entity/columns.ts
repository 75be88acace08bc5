import { literal, sqlType } from '../../../database/entity-sql.ts';
import type { Entity, Field } from '../../../entities/define.ts';

/** A column of the migration and of Prisma's model. */
export interface Column {
  readonly name: string;
  /** E.g. `text NOT NULL DEFAULT ''`. */
  readonly sql: string;
  readonly prismaType: string;
  readonly attributes: string;
}

const PRISMA: Readonly<Record<string, readonly [type: string, attributes: string]>> = {
  text: ['String', ''],
  boolean: ['Boolean', ''],
  'double precision': ['Float', ''],
  uuid: ['String', '@db.Uuid'],
  date: ['DateTime', '@db.Date'],
  time: ['DateTime', '@db.Time(6)'],
  timestamptz: ['DateTime', '@db.Timestamptz(6)'],
};

const column = (name: string, sql: string, prismaType: string, ...attributes: string[]): Column => ({
  name,
  sql,
  prismaType,
  attributes: attributes.filter(Boolean).join(' '),
});

function empty(name: string, type: string): Column {
  const [prismaType, attributes] = PRISMA[type] ?? [];
  if (prismaType === undefined || attributes === undefined) throw new Error(`${name}: no Prisma type for ${type}`);
  return column(name, type, `${prismaType}?`, attributes);
}

const now = (name: string): Column =>
  column(name, 'timestamptz NOT NULL DEFAULT now()', 'DateTime', '@default(now())', '@db.Timestamptz(6)');

const FIRST: readonly Column[] = [
  column(
    'id',
    'uuid PRIMARY KEY DEFAULT gen_random_uuid()',
    'String',
    '@id @default(dbgenerated("gen_random_uuid()")) @db.Uuid',
  ),
  column('notion_page_id', 'text NOT NULL UNIQUE', 'String', '@unique'),
];
const LAST: readonly Column[] = [
  empty('notion_last_edited_at', 'timestamptz'),
  empty('sql_local_last_edited_at', 'timestamptz'),
  now('created_at'),
  now('updated_at'),
  empty('archived_at', 'timestamptz'),
];

/** The names of the columns that every table has. */
export const COMMON_COLUMNS: ReadonlySet<string> = new Set([...FIRST, ...LAST].map(({ name }) => name));

/** A table's columns, in order. */
export const columnsOf = ({ fields }: Entity): readonly Column[] => [
  ...FIRST,
  ...Object.entries(fields).flatMap(([name, field]) => columnsFor(name, field)),
  ...LAST,
];

function columnsFor(name: string, field: Field): Column[] {
  switch (field.kind) {
    case 'relation_many':
    case 'back_link':
      return [];
    case 'relation_one':
      return [empty(name, 'uuid')];
    case 'title':
      return [column(name, "text NOT NULL DEFAULT ''", 'String', '@default("")')];
    case 'select':
      return [field.default === undefined ? empty(name, 'text') : withDefault(name, field.default)];
    case 'date':
      return [empty(name, 'date'), ...(field.timeColumn === undefined ? [] : [empty(field.timeColumn, 'time')])];
    default:
      return [empty(name, sqlType(field))];
  }
}

const withDefault = (name: string, value: string): Column =>
  column(name, `text DEFAULT ${literal(value)}`, 'String?', `@default(${JSON.stringify(value)})`);
