import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

export async function openSchemaEngine(connectionString: string) {
  await load();
  const prisma = new PrismaPg({ connectionString, max: 1, idleTimeoutMillis: 0 });
  const adapters: any[] = [];
  const factory = bindMigrationAwareSqlAdapterFactory({ provider: prisma.provider, adapterName: prisma.adapterName, connect: async () => {
    const a = await prisma.connect(); console.log('connect');
    const pool = a.underlyingDriver();
    a.executeScript = async (script: string) => { console.log('script', script.slice(0,60)); await pool.query(script) };
    const q = a.queryRaw.bind(a);
    a.queryRaw = async (query: any) => { try { return await q({...query, sql: query.sql.replace('constr.contype AS', 'constr.contype::text::bpchar AS')}) } catch (e) { console.log('FAILED', query.sql); throw e } };
    adapters.push(a);
    return a;
  }, connectToShadowDb: () => prisma.connectToShadowDb() });
  const engine = await bindings.SchemaEngine.new({ datamodels: undefined }, () => {}, factory);
  return Object.assign(engine, { dispose: async () => { engine.free(); await Promise.all(adapters.map(a => a.dispose())) }});
}

let loaded: Promise<void> | undefined;

function load(): Promise<void> {
  loaded ??= instantiate();
  return loaded;
}

/** What the package's own entry does with `import … from '….wasm'`, which Node runs behind a flag only. */
async function instantiate(): Promise<void> {
  const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const module = await WebAssembly.compile(await readFile(glue.replace(/\.js$/, '.wasm')));
  const { exports } = await WebAssembly.instantiate(module, { './schema_engine_bg.js': { ...bindings } });
  bindings.__wbg_set_wasm(exports);
  if (typeof exports.__wbindgen_start === 'function') exports.__wbindgen_start();
}
