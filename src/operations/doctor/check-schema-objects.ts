import type { Database } from '../../database/client.ts';
import { readSchemaObjects } from '../../database/schema-objects.ts';
import { entities } from '../../definition/index.ts';
import { planAdditions } from '../tables/plan-definition.ts';
import { type Check, FIX_COMMAND, type Finding } from './finding.ts';

const WHY = {
  index: 'queries and syncs that search by it read whole tables',
  view: 'queries that use it fail',
} as const;

/** Finds indexes and views that somebody has dropped. */
export const checkSchemaObjects: Check = async ({ database }) => {
  const objects = await readSchemaObjects();
  const found = await database.query<{ name: string }>(
    'SELECT relname AS name FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace',
  );
  const names = new Set(found.map(({ name }) => name));
  const missing = objects.filter(({ name }) => !names.has(name));
  const plans = await planAdditions(database, entities());
  const ofDefinition = plans.flatMap(({ statements }) => statements).flatMap(parseCreate);
  return [...missing, ...ofDefinition].map(({ kind, name, sql }) => findingOf(database, kind, name, sql));
};

/** The indexes and views among the statements that the tables of the definition lack. */
function parseCreate(sql: string): { kind: 'index' | 'view'; name: string; sql: string }[] {
  const [, kind, name = ''] = /^CREATE (INDEX|VIEW) (\w+) /.exec(sql) ?? [];
  return kind === undefined ? [] : [{ kind: kind === 'VIEW' ? 'view' : 'index', name, sql }];
}

const findingOf = (database: Database, kind: 'index' | 'view', name: string, sql: string): Finding => ({
  code: kind === 'view' ? 'view_missing' : 'index_missing',
  severity: 'problem',
  subject: name,
  what: `the ${kind} ${name} is missing`,
  why: WHY[kind],
  fix: FIX_COMMAND,
  applyFix: async () => {
    await database.execute(sql);
    return `created the ${kind} again`;
  },
});
