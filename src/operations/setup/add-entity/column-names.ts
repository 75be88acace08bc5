import { COMMON_COLUMNS } from './columns.ts';
import { SQL_WORDS, SYSTEM_COLUMNS } from './reserved-words.ts';
import { snakeCase } from './word-forms.ts';

/** PostgreSQL truncates names to 63 bytes. An index is named after its table and column. */
const MAX_NAME_LENGTH = 63;
const INDEX = '_idx';
const MAX_COLUMN_LENGTH = 40;
/** Short enough for the name of its primary key. */
export const MAX_TABLE_LENGTH = 56;

/** Names that no column can have. Every object has a `constructor`, so no field can. */
const TAKEN: ReadonlySet<string> = new Set([...COMMON_COLUMNS, ...SYSTEM_COLUMNS, ...SQL_WORDS, 'constructor']);

/** Assigns unique names. */
export class UniqueNames {
  readonly #used: Set<string>;

  constructor(used: Iterable<string> = []) {
    this.#used = new Set(used);
  }

  /** Returns the name, with a number after it if it is already used. */
  assign(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.#used.has(name); n += 1) name = `${wanted}_${n}`;
    this.#used.add(name);
    return name;
  }
}

/** Assigns names for the columns of one table. */
export const columnNames = (): UniqueNames => new UniqueNames(TAKEN);

/** Truncates a name, without a trailing underscore. */
export const truncateName = (name: string, max: number): string => name.slice(0, max).replace(/_+$/, '');

/**
 * The column name for a property, before it is made unique: `due_date` for `Due Date`, `notion_order` for `Order` (an SQL
 * keyword), and `property_3` for `书名`.
 * @param position of the property in the database, from 1
 */
export function columnNameOf(property: string, position: number): string {
  const name = truncateName(snakeCase(property), MAX_COLUMN_LENGTH);
  if (!/[a-z]/.test(name)) return `property_${position}`;
  return TAKEN.has(name) || /^\d/.test(name) ? `notion_${name}` : name;
}

/** The same name as Prisma's: if it is too long, the part before the suffix is truncated. */
export const indexName = (table: string, column: string): string =>
  `${`${table}_${column}`.slice(0, MAX_NAME_LENGTH - INDEX.length)}${INDEX}`;
