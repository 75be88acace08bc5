import { APIErrorCode } from '@notionhq/client';
import { asObject, isObject, type JsonObject, mapObjects } from '../schema.ts';

/** Corrections where the client's types or Notion's OpenAPI are known to be incomplete or wrong. */

/** Every answer contains it, but the types omit it. */
export const ON_EVERY_ANSWER = 'request_id';

/** The generated schema with what answers are known to contain in addition. */
export const withExceptions = (schema: JsonObject): JsonObject =>
  asObject(mapObjects(schema, (object) => withoutArchived(withHasMore(object))));

/**
 * Since version 2026-03-11 objects have only `in_trash`. The types describe the versions before, too.
 * @see https://developers.notion.com/reference/versioning
 */
function withoutArchived(schema: JsonObject): JsonObject {
  const { properties, required } = schema;
  if (!isObject(properties) || !('in_trash' in properties) || !Array.isArray(required)) return schema;
  return { ...schema, required: required.filter((name) => name !== 'archived') };
}

/**
 * A page states whether a relation is complete, in a key that the types lack.
 * @see https://developers.notion.com/reference/page-property-values#relation
 */
function withHasMore(schema: JsonObject): JsonObject {
  const { properties, required } = schema;
  if (!isObject(properties) || !isObject(properties.type) || properties.type.const !== 'relation') return schema;
  const isValue = isObject(properties.relation) && properties.relation.type === 'array' && 'id' in properties;
  if (!isValue || !Array.isArray(required)) return schema;
  return {
    ...schema,
    properties: { ...properties, has_more: { type: 'boolean' } },
    required: [...required, 'has_more'],
  };
}

/**
 * `APIErrorCode` lists the codes that the client knows; these occur as well.
 * @see https://developers.notion.com/reference/status-codes
 */
const CODES = [
  ...Object.values(APIErrorCode),
  'missing_version',
  'bad_gateway',
  'database_connection_unavailable',
  'row_limit_exceeded',
];

/** The types do not describe errors. @see https://developers.notion.com/reference/errors */
export const ERROR: JsonObject = {
  type: 'object',
  required: ['object', 'status', 'code', 'message', ON_EVERY_ANSWER],
  properties: {
    object: { const: 'error' },
    status: { type: 'integer' },
    code: { enum: CODES },
    message: { type: 'string' },
    additional_data: { type: 'object' },
    [ON_EVERY_ANSWER]: { type: 'string', format: 'uuid' },
  },
  additionalProperties: false,
};

/** Statuses with which an edge proxy answers in HTML. */
export const OF_THE_EDGE = [502, 503, 504];

/** Operations of the client that the OpenAPI omits: it does not describe writing databases. */
export const WITHOUT_ROUTE = ['createDatabase', 'updateDatabase'];

/** Query parameters of the client that the OpenAPI omits; they are newer (changelog of August 12, 2026). */
export const WITHOUT_PARAMETER: Readonly<Record<string, readonly string[]>> = {
  createPage: ['filter_properties'],
  updatePage: ['filter_properties'],
  listDataSourceTemplates: ['name'],
};

/**
 * Operations whose bodies the OpenAPI describes correctly and in more detail than the types. Elsewhere it is wrong
 * (`parent` without `data_source_id`, `children` as texts, icons of one kind, sorts by a property only) or says
 * only `object`.
 */
export const OPENAPI_IS_RIGHT = {
  request: ['search', 'updatePageMarkdown'],
  answer: ['getPageMarkdown', 'updatePageMarkdown'],
} as const satisfies Record<'request' | 'answer', readonly string[]>;
