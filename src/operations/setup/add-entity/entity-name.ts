import { syncs } from '../../../cycle/sync-names.ts';
import * as define from '../../../entities/define.ts';
import { allEntities } from '../../../entities/named-entities.ts';
import { truncateName } from './column-names.ts';
import { SCRIPT_WORDS, SQL_WORDS } from './reserved-words.ts';
import { camelCase, snakeCase, toPlural } from './word-forms.ts';

/** Short enough that PostgreSQL does not truncate any name derived from it. */
const MAX_LENGTH = 30;
const RESERVED_PREFIX = /^(active|calendar|lockstep|sync|pg)_/;

/** The entity name for a database title: `reading_lists` for `Reading list`. */
export const entityNameOf = (title: string): string =>
  truncateName(toPlural(snakeCase(title).replace(/^[\d_]+/, '')), MAX_LENGTH);

export const fileNameOf = (entity: string): string => `${entity.replaceAll('_', '-')}.ts`;

/** The name of its constant. */
export const constantOf = camelCase;

/**
 * Returns what is wrong with a name for an entity and its table, or undefined.
 * @param tables existing tables
 * @param files existing files in `src/entities`
 */
export function findNameProblem(name: string, tables: readonly string[], files: readonly string[]): string | undefined {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) return 'it is not in snake case, such as reading_lists';
  if (name.length > MAX_LENGTH) return `it has more than ${MAX_LENGTH} characters`;
  if (SQL_WORDS.has(name)) return 'it is an SQL keyword';
  const constant = constantOf(name);
  if (SCRIPT_WORDS.has(constant) || constant in define || constant === 'entities')
    return 'it is a reserved name in the entity files';
  const dashed = name.replaceAll('_', '-');
  const isKnown =
    tables.includes(name) ||
    files.includes(fileNameOf(name)) ||
    allEntities.some((entity) => entity.name === name || entity.table === name) ||
    syncs.some((sync) => sync.name === `${dashed}-sql-to-notion`);
  if (isKnown) return 'it is already used';
  return RESERVED_PREFIX.test(name) ? 'names with this prefix are reserved for Lockstep' : undefined;
}
