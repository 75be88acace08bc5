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
import type { Pool } from 'pg';

export interface EngineOptions {
  /** Called on the engine's one session before anything else is. */
  readonly onConnect?: (session: Pool) => Promise<void>;
  /** Runs a whole migration script; by default as it is. */
  readonly runScript?: (session: Pool, script: string) => Promise<void>;
}

/**
 * Lends Prisma's own schema engine, as WebAssembly out of the npm registry: the
 * engine that `prisma migrate` runs would be downloaded from elsewhere. Both keep
 * the same books (`_prisma_migrations`), so both may be used on one database.
 */
export async function withSchemaEngine<T>(
  url: string,
  work: (engine: bindings.SchemaEngine) => Promise<T>,
  { onConnect, runScript = runAtOnce }: EngineOptions = {},
): Promise<T> {
  await load();
  // One session that is never closed in between: the engine's lock is the session's.
  const prisma = new PrismaPg({
    connectionString: url,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: 10_000,
    application_name: 'lockstep migrate',
  });
  const opened: SqlDriverAdapter[] = [];
  // The engine's own error only says that there was one on this side.
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

/** The adapter's own would cut the script at every semicolon, those in comments and functions too. */
async function runAtOnce(session: Pool, script: string): Promise<void> {
  await session.query(script);
}

/** The engine reads a few columns of PostgreSQL's type `"char"`, which the adapter does not know. */
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

/** What of it is used: @types/node of Node 20 leaves WebAssembly to the DOM's types. */
interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ exports: { __wbindgen_start(): void } }>;
}
const { WebAssembly: webAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

/** What the package's entry does with `import … from '….wasm'`, for which Node wants a flag. */
async function instantiate(): Promise<void> {
  const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const module = await webAssembly.compile(await readFile(glue.replace(/\.js$/, '.wasm')));
  const { exports } = await webAssembly.instantiate(module, { './schema_engine_bg.js': { ...bindings } });
  bindings.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
}
