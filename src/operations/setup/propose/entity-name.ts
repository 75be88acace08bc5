import { isReservedTable, isReservedWord, MAX_NAME_LENGTH, SNAKE_CASE } from '../../../definition/reserved-words.ts';
import { truncateName, UniqueNames } from './column-names.ts';
import { snakeCase } from './word-forms.ts';

/** Short enough to be a part of other names. */
const MAX_DERIVED_LENGTH = 30;

/** The entity name for a database title: `reading_list` for `📚 Reading list`. */
export const entityNameOf = (title: string): string =>
  truncateName(snakeCase(title).replace(/^[\d_]+/, ''), MAX_DERIVED_LENGTH);

/** Names for the entities of several databases that nobody is asked about; `database` where a title has no Latin letters. */
export function entityNamesFor(titles: readonly string[], taken: ReadonlySet<string>): readonly string[] {
  const names = new UniqueNames(taken);
  return titles.map((title) => {
    const name = entityNameOf(title) || 'database';
    return names.assign(isReservedWord(name) || isReservedTable(name) ? `notion_${name}` : name);
  });
}

/**
 * Returns what is wrong with a name for an entity and its table, or undefined.
 * @param taken the names and tables of the entities that there are
 */
export function findNameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  if (!SNAKE_CASE.test(name)) return 'it is not in snake case, such as reading_list';
  if (name.length > MAX_NAME_LENGTH) return `it has more than ${MAX_NAME_LENGTH} characters`;
  if (isReservedWord(name)) return 'it is a reserved word';
  if (isReservedTable(name)) return 'it is reserved for Lockstep';
  return taken.has(name) ? 'it is already used' : undefined;
}
