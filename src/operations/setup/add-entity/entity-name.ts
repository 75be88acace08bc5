import { syncs } from '../../../cycle/sync-names.ts';
import { allEntities } from '../../../database/named-entities.ts';
import * as define from '../../../entities/define.ts';
import { cut } from './names.ts';
import { SCRIPT_WORDS, SQL_WORDS } from './reserved-words.ts';
import { camelCase, plural, snakeCase } from './words.ts';

/** So that the longest name that is made of it is none that PostgreSQL cuts off. */
const LONGEST = 30;
const OURS = /^(active|calendar|lockstep|sync|pg)_/;

/** What an entity may be called after its database: `reading_lists` for «Reading list». */
export const entityNameOf = (title: string): string => cut(plural(snakeCase(title).replace(/^[\d_]+/, '')), LONGEST);

export const fileNameOf = (entity: string): string => `${entity.replaceAll('_', '-')}.ts`;

/** What its constant is called. */
export const constantOf = camelCase;

/**
 * What is wrong with a name for an entity and its table, or nothing.
 * @param tables those that are there
 * @param files those in `src/entities`
 */
export function wrongName(name: string, tables: readonly string[], files: readonly string[]): string | undefined {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) return 'it is not in snake case, such as reading_lists';
  if (name.length > LONGEST) return `it has more than ${LONGEST} characters`;
  if (SQL_WORDS.has(name)) return 'it is a word of SQL';
  const constant = constantOf(name);
  if (SCRIPT_WORDS.has(constant) || constant in define || constant === 'entities')
    return 'it is a word of the entity files';
  const dashed = name.replaceAll('_', '-');
  const isKnown =
    tables.includes(name) ||
    files.includes(fileNameOf(name)) ||
    allEntities.some((entity) => entity.name === name || entity.table === name) ||
    syncs.some((sync) => sync.name === `${dashed}-sql-to-notion`);
  if (isKnown) return 'it is taken';
  return OURS.test(name) ? 'names that begin like that are for Lockstep itself' : undefined;
}
