import { APIErrorCode } from '@notionhq/client';
import { asObject, isObject, type JsonObject, mapObjects } from '../schema.ts';

/** Where the client's types and Notion's OpenAPI are known to say too little, or the wrong thing. */

/** Every answer has it, and the types leave it out. */
export const ON_EVERY_ANSWER = 'request_id';

/** The generated schema with what the wire is known to have more. */
export const withExceptions = (schema: JsonObject): JsonObject => asObject(mapObjects(schema, withHasMore));

/**
 * A page says of a relation whether it shows all of it, in a key that the types lack.
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
 * `APIErrorCode` is what the client makes errors of; these come over the wire as well.
 * @see https://developers.notion.com/reference/status-codes
 */
const CODES = [
  ...Object.values(APIErrorCode),
  'missing_version',
  'bad_gateway',
  'database_connection_unavailable',
  'row_limit_exceeded',
];

/** The types describe no error. @see https://developers.notion.com/reference/errors */
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

/** An edge proxy answers in HTML, with one of these. */
export const OF_THE_EDGE = [502, 503, 504];

/** Operations that the client has and the OpenAPI leaves out: it describes no writing of databases. */
export const WITHOUT_ROUTE = ['createDatabase', 'updateDatabase'];

/** Query parameters that the client has and the OpenAPI leaves out; newer than it (changelog of August 12, 2026). */
export const WITHOUT_PARAMETER: Readonly<Record<string, readonly string[]>> = {
  createPage: ['filter_properties'],
  updatePage: ['filter_properties'],
  listDataSourceTemplates: ['name'],
};

/**
 * Whose bodies the OpenAPI describes rightly, and says something of that the types cannot. Elsewhere it is wrong
 * (`parent` without `data_source_id`, `children` as texts, icons of one kind, sorts by a property only) or says
 * `object` and no more.
 */
export const OPENAPI_IS_RIGHT = {
  request: ['search', 'updatePageMarkdown'],
  answer: ['getPageMarkdown', 'updatePageMarkdown'],
} as const satisfies Record<'request' | 'answer', readonly string[]>;
