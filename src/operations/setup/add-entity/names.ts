import { COMMON_COLUMNS } from './columns.ts';
import { SQL_WORDS, SYSTEM_COLUMNS } from './reserved-words.ts';
import { snakeCase } from './words.ts';

/** PostgreSQL cuts a name off after 63 bytes; an index is called by its table and its column. */
const LONGEST_NAME = 63;
const INDEX = '_idx';
const LONGEST_COLUMN = 40;
/** So that its primary key's name is not cut off. */
export const LONGEST_TABLE = 56;

/** What no column can be called; `constructor` is there already in every object that has the fields by name. */
const TAKEN: ReadonlySet<string> = new Set([...COMMON_COLUMNS, ...SYSTEM_COLUMNS, ...SQL_WORDS, 'constructor']);

/** Names that have been given, so that none is given twice. */
export class Names {
  readonly #given: Set<string>;

  constructor(given: Iterable<string> = []) {
    this.#given = new Set(given);
  }

  /** The name, or with a number behind it where it was given before. */
  give(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.#given.has(name); n += 1) name = `${wanted}_${n}`;
    this.#given.add(name);
    return name;
  }
}

/** For the columns of one table. */
export const columnNames = (): Names => new Names(TAKEN);

/** Cut off where it is too long, but not behind an underscore. */
export const cut = (name: string, most: number): string => name.slice(0, most).replace(/_+$/, '');

/**
 * What a property's column is to be called, before it is made unique: `due_date` for «Due Date», `notion_order` for
 * «Order», a word of SQL, and `property_3` for «书名».
 * @param position among the database's properties, from 1
 */
export function columnNameOf(property: string, position: number): string {
  const name = cut(snakeCase(property), LONGEST_COLUMN);
  if (!/[a-z]/.test(name)) return `property_${position}`;
  return TAKEN.has(name) || /^\d/.test(name) ? `notion_${name}` : name;
}

/** As Prisma calls it, too: where it is too long, what comes before the ending is cut off. */
export const indexName = (table: string, column: string): string =>
  `${`${table}_${column}`.slice(0, LONGEST_NAME - INDEX.length)}${INDEX}`;
