import { COMMON_COLUMNS, isReservedWord, MAX_NAME_LENGTH } from '../../../definition/reserved-words.ts';
import { snakeCase } from './word-forms.ts';

/** Assigns unique names that are short enough for a definition. */
export class UniqueNames {
  readonly #used: Set<string>;
  readonly #isTaken: (name: string) => boolean;

  constructor(used: Iterable<string> = [], isTaken: (name: string) => boolean = () => false) {
    this.#used = new Set(used);
    this.#isTaken = isTaken;
  }

  /** Returns the name and its suffix, with a number after them if they are already used. */
  assign(wanted: string, suffix = ''): string {
    for (let n = 1; ; n += 1) {
      const end = n === 1 ? suffix : `${suffix}_${n}`;
      const name = `${truncateName(wanted, MAX_NAME_LENGTH - end.length)}${end}`;
      if (this.#used.has(name) || this.#isTaken(name)) continue;
      this.#used.add(name);
      return name;
    }
  }
}

const isTakenColumn = (name: string): boolean => COMMON_COLUMNS.has(name) || isReservedWord(name);

/** Assigns names for the columns of one table. @param used those that it has */
export const columnNames = (used: Iterable<string> = []): UniqueNames => new UniqueNames(used, isTakenColumn);

/** Truncates a name, without a trailing underscore. */
export const truncateName = (name: string, max: number): string => name.slice(0, max).replace(/_+$/, '');

/**
 * The column name for a property, before it is made unique: `due_date` for `Due Date`, `notion_order` for `Order` (an SQL
 * keyword), and `property_3` for `书名`.
 * @param position of the property in the database, from 1
 */
export function columnNameOf(property: string, position: number): string {
  const name = truncateName(snakeCase(property), MAX_NAME_LENGTH);
  if (!/[a-z]/.test(name)) return `property_${position}`;
  return isTakenColumn(name) || /^\d/.test(name) ? `notion_${name}` : name;
}
