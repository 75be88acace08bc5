import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FinalError } from '../errors.ts';

/** The user that runs PostgreSQL. */
export interface ProcessIdentity {
  /** Set only for root, as which PostgreSQL refuses to run. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
  /** The data directory, as this user can reach it when it is the working directory. */
  readonly dataName: string;
}

export interface Conversion {
  readonly data: string;
  readonly database: string;
  /** The role that owned everything and was the superuser; from now on only the owner of the database. */
  readonly owner: { readonly name: string; readonly password: string };
  /** The new name of the superuser, whose oid PostgreSQL fixes. */
  readonly superuser: { readonly name: string; readonly password: string };
  /** The server's program. */
  readonly postgres: string;
  readonly identity: ProcessIdentity;
}

const HBA = `# Written by Lockstep.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
`;

/**
 * Converts the data of earlier versions, whose PostgreSQL asked for no password and whose only role was a superuser.
 * It works without connections (single-user mode), in one transaction, and can be repeated.
 * @throws FinalError `server_failed`
 */
export function convertPostgres(conversion: Conversion): void {
  const { data, database } = conversion;
  writeFileSync(join(data, 'pg_hba.conf'), HBA);
  // It fails where the database exists.
  runAlone(conversion, 'postgres', `CREATE DATABASE ${database};`);
  const failure = runAlone(conversion, database, convertScript(conversion), ['-c', 'exit_on_error=on']);
  if (failure === null) return;
  throw new FinalError(
    'server_failed',
    `${data} was made by an earlier version, whose PostgreSQL asked for no password, and could not be converted: ${failure}. Start again with: lockstep up --fresh`,
  );
}

/** @returns the reason when the program failed */
function runAlone(
  { postgres, identity: { ids, dataName }, data }: Conversion,
  database: string,
  script: string,
  settings: readonly string[] = [],
): string | null {
  const quiet = ['-c', 'log_min_error_statement=panic'];
  const args = ['--single', '-D', dataName, '-j', ...quiet, ...settings, database];
  const { status, stderr, error } = spawnSync(postgres, args, {
    ...ids,
    cwd: data,
    input: `${script}\n\n`,
    stdio: ['pipe', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status === 0) return null;
  return error?.message ?? /^.*(?:ERROR|FATAL|PANIC): +(.*)$/m.exec(stderr)?.[1] ?? `the server ended with ${status}`;
}

/** REASSIGN OWNED refuses the first superuser, so that each object is given to the new owner by itself. */
const convertScript = ({ database, owner, superuser }: Conversion): string => `DO $convert$
DECLARE
  statement text;
BEGIN
  IF (SELECT rolname = '${owner.name}' FROM pg_roles WHERE oid = 10) THEN
    -- The role of a session cannot be renamed.
    CREATE ROLE lockstep_conversion SUPERUSER;
    SET SESSION AUTHORIZATION lockstep_conversion;
    ALTER ROLE ${owner.name} RENAME TO ${superuser.name};
    SET SESSION AUTHORIZATION ${superuser.name};
    DROP ROLE lockstep_conversion;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${owner.name}') THEN
    CREATE ROLE ${owner.name} LOGIN;
  END IF;
  ALTER ROLE ${superuser.name} PASSWORD '${superuser.password}';
  ALTER ROLE ${owner.name} PASSWORD '${owner.password}';
  ALTER DATABASE ${database} OWNER TO ${owner.name};
  FOR statement IN
    WITH made AS (
      SELECT 'TABLE' AS kind, 'pg_class'::regclass AS catalog, oid, oid::regclass::text AS name FROM pg_class c
       WHERE relowner = 10 AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
         -- The sequence of a column follows its table.
         AND NOT (relkind = 'S' AND EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
                                            AND objid = c.oid AND deptype IN ('a', 'i')))
      UNION ALL
      SELECT 'ROUTINE', 'pg_proc'::regclass, oid, oid::regprocedure::text FROM pg_proc WHERE proowner = 10
      UNION ALL
      SELECT 'TYPE', 'pg_type'::regclass, oid, oid::regtype::text FROM pg_type WHERE typowner = 10 AND typtype IN ('e', 'd')
      UNION ALL
      SELECT 'SCHEMA', 'pg_namespace'::regclass, oid, oid::regnamespace::text FROM pg_namespace WHERE nspowner = 10
    )
    SELECT format('ALTER %s %s OWNER TO ${owner.name}', kind, name) FROM made
     -- Lower ids are PostgreSQL's own objects; those of an extension belong to it.
     WHERE oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = catalog AND objid = made.oid AND deptype = 'e')
  LOOP
    EXECUTE statement;
  END LOOP;
END
$convert$;`;
