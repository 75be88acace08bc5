import { type Database, sql } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import type { Check } from './finding.ts';

interface Filtered {
  readonly name: string;
  readonly is_owned: boolean;
}

/** Finds tables whose policies apply to our role: PostgreSQL would hide rows from it. */
export const checkRowSecurity: Check = async ({ database }) => {
  const tables = await readFiltered(database);
  if (tables.length === 0) return [];
  const role = await roleOf(database);
  const owned = tables
    .filter(({ is_owned }) => is_owned)
    .map(({ name }) => `ALTER TABLE ${quote(name)} NO FORCE ROW LEVEL SECURITY`);
  const fix =
    owned.length === tables.length
      ? `run in psql as the owner: ${owned.join('; ')}`
      : `run in psql as a superuser: ALTER ROLE ${quote(role)} BYPASSRLS`;
  return [
    {
      code: 'row_security',
      severity: 'problem',
      subject: 'postgresql',
      what: `row level security applies to the role "${role}" on ${tables.map(({ name }) => name).join(', ')}`,
      why: 'PostgreSQL hides rows from Lockstep or refuses them, so these syncs stop, and the other checks of PostgreSQL cannot run',
      fix,
    },
  ];
};

/** The tables that the migrations created, with the same owner and schema as `tasks`. */
const readFiltered = (database: Database): Promise<Filtered[]> =>
  database.query(sql`
    SELECT c.relname AS name, pg_has_role(c.relowner, 'USAGE') AS is_owned
      FROM pg_class c, pg_class t
     WHERE t.oid = to_regclass('tasks') AND c.relkind = 'r' AND c.relnamespace = t.relnamespace AND c.relowner = t.relowner
       AND row_security_active(c.oid)
     ORDER BY 1`);

async function roleOf(database: Database): Promise<string> {
  const [found] = await database.query<{ role: string }>(sql`SELECT current_user AS role`);
  return found?.role ?? '';
}
