import { Ajv, type ErrorObject } from 'ajv';
import formats from 'ajv-formats';

export type JsonObject = { readonly [key: string]: unknown };

/** What is wrong with a request or an answer, and where. Names keys, never values. */
export interface Problem {
  /** A JSON pointer into the body; empty for the whole. */
  readonly pointer: string;
  readonly message: string;
}

/** Unions report every branch that did not match; a longer list hides the real error. */
const PROBLEMS_SHOWN = 3;

/** A validator for generated schemas, which contain keywords of other tools. */
export function newAjv(): Ajv {
  const ajv = new Ajv({ strict: false });
  formats.default(ajv);
  return ajv;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws TypeError */
export function asObject(value: unknown): JsonObject {
  if (isObject(value)) return value;
  throw new TypeError('not an object');
}

/** The JSON value with every object in it changed, innermost first. */
export function mapObjects(value: unknown, change: (object: JsonObject) => JsonObject): unknown {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change));
  if (!isObject(value)) return value;
  return change(Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mapObjects(part, change)])));
}

/** Deepest first: in a union, the branch that got furthest is the one that was meant. */
export function problemsOf(errors: readonly ErrorObject[] | null | undefined): Problem[] {
  const depth = ({ instancePath }: ErrorObject) => instancePath.split('/').length;
  const said = (errors ?? [])
    .filter(({ keyword }) => !['anyOf', 'if'].includes(keyword))
    .sort((a, b) => depth(b) - depth(a))
    .map((error) => ({ pointer: error.instancePath, message: inWords(error) }));
  const distinct = said.filter(
    (one, at) => at === said.findIndex((other) => other.pointer === one.pointer && other.message === one.message),
  );
  return distinct.slice(0, PROBLEMS_SHOWN);
}

function inWords({ keyword, message = keyword, params }: ErrorObject): string {
  if (keyword === 'additionalProperties') return `knows no "${params.additionalProperty}"`;
  if (keyword === 'const') return `must be ${JSON.stringify(params.allowedValue)}`;
  if (keyword === 'enum') return `must be one of ${JSON.stringify(params.allowedValues)}`;
  return message;
}

/**
 * A union whose branches differ by a constant (`type`, `object`) checks that constant
 * first, so that only the branch that was meant reports errors.
 * @param resolve follows a `$ref`
 */
export function tagUnion(schema: JsonObject, resolve: (schema: JsonObject) => JsonObject): JsonObject {
  if (!Array.isArray(schema.anyOf)) return schema;
  const branches = schema.anyOf.flatMap((branch) => leaves(asObject(branch), resolve));
  for (const tag of ['object', 'type']) {
    const byTag = new Map<unknown, JsonObject[]>();
    for (const branch of branches) {
      const constant = constantOf(resolve(branch), tag);
      byTag.set(constant, [...(byTag.get(constant) ?? []), branch]);
    }
    if (byTag.size < 2 || byTag.has(undefined)) continue;
    return {
      type: 'object',
      required: [tag],
      properties: { [tag]: { enum: [...byTag.keys()] } },
      allOf: [...byTag].map(([value, same]) => ({
        if: { properties: { [tag]: { const: value } } },
        // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
        then: same.length === 1 ? same[0] : tagUnion({ anyOf: same }, resolve),
      })),
    };
  }
  return schema;
}

function leaves(schema: JsonObject, resolve: (schema: JsonObject) => JsonObject): JsonObject[] {
  const { anyOf } = resolve(schema);
  return Array.isArray(anyOf) ? anyOf.flatMap((branch) => leaves(asObject(branch), resolve)) : [schema];
}

function constantOf({ properties, required }: JsonObject, tag: string): unknown {
  const property = isObject(properties) ? properties[tag] : undefined;
  return Array.isArray(required) && required.includes(tag) && isObject(property) ? property.const : undefined;
}
