import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { asObject, isObject, type JsonObject, mapObjects, tagUnion } from '../schema.ts';
import { withExceptions } from './exceptions.ts';

const require = createRequire(import.meta.url);
const types = fileURLToPath(new URL('./types.ts', import.meta.url));
const cache = fileURLToPath(new URL('../../../node_modules/.cache/lockstep/', import.meta.url));

export const ROOT = 'NotionOperations';

/**
 * Strict JSON Schema (draft 7) of the client's types: an object has only the keys of
 * its type. It contains definitions only, so that just those in use are compiled.
 */
export async function notionSchema(): Promise<JsonObject> {
  const generated = await generatedSchema();
  const definitions = asObject(generated.definitions);
  const resolve = (schema: JsonObject): JsonObject =>
    typeof schema.$ref === 'string'
      ? resolve(asObject(definitions[decodeURIComponent(schema.$ref.slice('#/definitions/'.length))]))
      : schema;
  const told = asObject(mapObjects(withExceptions(generated), (schema) => tagUnion(withTimes(schema), resolve)));
  return {
    definitions: {
      ...asObject(told.definitions),
      // In a request a uuid may have no dashes.
      IdRequest: { type: 'string', pattern: '^[0-9a-f]{8}(-?)([0-9a-f]{4}\\1){3}[0-9a-f]{12}$' },
      IdResponse: { type: 'string', format: 'uuid' },
    },
  };
}

/** Formats that the types only name: a time is in RFC 3339. */
function withTimes(schema: JsonObject): JsonObject {
  if (!isObject(schema.properties)) return schema;
  const properties = Object.entries(schema.properties).map(([name, property]) => {
    const isTime = /^(created|last_edited|expiry)_time$/.test(name) && isObject(property) && property.type === 'string';
    return [name, isTime && !('const' in property) ? { ...property, format: 'date-time' } : property];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

/** Takes some seconds, so the result is cached until the client, the generator or the list changes. */
async function generatedSchema(): Promise<JsonObject> {
  const key = createHash('sha256');
  for (const name of ['@notionhq/client', 'ts-json-schema-generator'])
    key.update(`${name} ${require(`${packageOf(name)}/package.json`).version}\n`);
  const file = `${cache}notion-${key.update(readFileSync(types)).digest('hex').slice(0, 16)}.json`;
  return kept(file) ?? keep(file, await generate());
}

/** Some packages do not export their package.json. */
const packageOf = (name: string): string => fileURLToPath(new URL(`../../../node_modules/${name}`, import.meta.url));

function kept(file: string): JsonObject | null {
  try {
    return asObject(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Writes atomically: tests run in parallel. */
function keep(file: string, schema: JsonObject): JsonObject {
  mkdirSync(cache, { recursive: true });
  const half = `${file}.${process.pid}`;
  writeFileSync(half, JSON.stringify(schema));
  renameSync(half, file);
  return schema;
}

/** `tsc` checks the types; here they are only read. */
async function generate(): Promise<JsonObject> {
  const { createGenerator } = await import('ts-json-schema-generator');
  const generator = createGenerator({ path: types, type: ROOT, expose: 'all', jsDoc: 'none', skipTypeCheck: true });
  return { ...generator.createSchema(ROOT) };
}
