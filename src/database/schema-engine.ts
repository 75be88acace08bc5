import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlQuery,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg, { type Pool } from 'pg';
import { Connection, schemaOf } from './connection.ts';
import { databaseError } from './database-error.ts';
import { quote } from './entity-sql.ts';

export interface EngineOptions {
  /** Called first, on the engine's only session. */
  readonly onConnect?: (session: Pool) => Promise<void>;
  /** Runs a migration script; by default, unchanged. */
  readonly runScript?: (session: Pool, script: string) => Promise<void>;
}

/**
 * Runs `work` with Prisma's own schema engine, as WebAssembly from the npm registry:
 * the engine that `prisma migrate` runs would be downloaded from elsewhere. Both use
 * `_prisma_migrations`, so both can be used on one database.
 */
export async function withSchemaEngine<T>(
  url: string,
  work: (engine: bindings.SchemaEngine) => Promise<T>,
  { onConnect, runScript = runAtOnce }: EngineOptions = {},
): Promise<T> {
  await load();
  // One session that stays open: the engine's lock belongs to the session.
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    idleTimeoutMillis: 0,
    application_name: 'lockstep migrate',
    Client: Connection,
  });
  const prisma = new PrismaPg(pool, { schema: await openSchema(url), disposeExternalPool: true });
  const opened: SqlDriverAdapter[] = [];
  // The engine's own error only says that the adapter failed.
  let cause: unknown;
  const keepCause = async (step: Promise<void> | undefined): Promise<void> => {
    try {
      await step;
    } catch (error) {
      cause = error;
      throw error;
    }
  };
  const connect = async (): Promise<SqlDriverAdapter> => {
    const adapter = await prisma.connect();
    opened.push(adapter);
    const session = adapter.underlyingDriver();
    await keepCause(onConnect?.(session));
    const queryRaw = adapter.queryRaw.bind(adapter);
    return Object.assign(adapter, {
      executeScript: (script: string) => keepCause(runScript(session, script)),
      queryRaw: (query: SqlQuery) => queryWithChars(queryRaw, query),
    });
  };
  try {
    const factory = bindMigrationAwareSqlAdapterFactory({
      provider: prisma.provider,
      adapterName: prisma.adapterName,
      connect,
      connectToShadowDb: () => prisma.connectToShadowDb(),
    });
    const engine = await bindings.SchemaEngine.new({ datamodels: undefined }, () => {}, factory);
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } catch (error) {
    throw cause ?? error;
  } finally {
    await Promise.all(opened.map((adapter) => adapter.dispose()));
  }
}

/** @returns the schema of Lockstep's tables; one that the URL names is created. @throws as `databaseError` */
async function openSchema(url: string): Promise<string> {
  const client = new Connection({ connectionString: url, application_name: 'lockstep migrate' });
  try {
    await client.connect();
    const wanted = schemaOf(url);
    if (wanted) await client.query(`CREATE SCHEMA IF NOT EXISTS ${quote(wanted)}`);
    const { rows } = await client.query<{ schema: string | null }>('SELECT current_schema() AS schema');
    return rows[0]?.schema ?? 'public';
  } catch (error) {
    throw databaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The adapter's own method would split the script at every semicolon, including those in comments and functions. */
async function runAtOnce(session: Pool, script: string): Promise<void> {
  await session.query(script);
}

/** The engine reads a few columns of PostgreSQL's type `"char"`, which the adapter does not support. */
const CHAR_EXPRESSION = /\b(con\.conf(?:del|upd)type|constr\.contype)(?=,| AS )/g;
const CHAR_COLUMNS = ['confdeltype', 'confupdtype', 'constraint_type'];

async function queryWithChars(
  queryRaw: (query: SqlQuery) => Promise<SqlResultSet>,
  query: SqlQuery,
): Promise<SqlResultSet> {
  const sql = query.sql.replace(CHAR_EXPRESSION, '$1::text');
  const result = await queryRaw({ ...query, sql });
  if (sql === query.sql) return result;
  const columnTypes = result.columnTypes.map((type, at) =>
    CHAR_COLUMNS.includes(result.columnNames[at] ?? '') ? ColumnTypeEnum.Character : type,
  );
  return { ...result, columnTypes };
}

let loaded: Promise<void> | undefined;

function load(): Promise<void> {
  loaded ??= instantiate();
  return loaded;
}

/** The part in use: @types/node of Node 20 leaves WebAssembly to the DOM's types. */
interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ exports: { __wbindgen_start(): void } }>;
}
const { WebAssembly: webAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

/** Does what the package's entry does with `import … from '….wasm'`, which needs a flag in Node. */
async function instantiate(): Promise<void> {
  const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const module = await webAssembly.compile(await readFile(glue.replace(/\.js$/, '.wasm')));
  const { exports } = await webAssembly.instantiate(module, { './schema_engine_bg.js': { ...bindings } });
  bindings.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
}
