import { asObject, isObject, type JsonObject, mapObjects } from '../schema.ts';

/** Corrections where Google's OpenAPI description is incomplete or wrong. */

/** The answer to a delete, or to a channel's end, is an empty 204; the description says 200 without a body. */
export const NO_CONTENT = 204;

/** A client's own id. @see https://developers.google.com/workspace/calendar/api/v3/reference/events#id */
const OWN_ID: JsonObject = { type: 'string', pattern: '^[a-v0-9]{5,1024}$' };

/** The description requires nothing. @see https://developers.google.com/workspace/calendar/api/v3/reference/events/insert */
export const INSERT: JsonObject = { required: ['start', 'end'], properties: { id: OWN_ID } };

/** Fields that every event has. A deleted event has only its id for certain. */
export const WHOLE_EVENT: JsonObject = {
  required: ['id'],
  if: { properties: { status: { const: 'cancelled' } }, required: ['status'] },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: {},
  else: {
    required: ['kind', 'etag', 'id', 'status', 'created', 'updated', 'start', 'end', 'iCalUID', 'sequence'],
  },
};

/** Either there is a next page, or this was the last one. */
export const WHOLE_LIST: JsonObject = {
  required: ['kind', 'etag', 'summary', 'updated', 'timeZone', 'accessRole', 'defaultReminders', 'items'],
  oneOf: [{ required: ['nextPageToken'] }, { required: ['nextSyncToken'] }],
};

/** The description requires nothing. @see https://developers.google.com/workspace/calendar/api/guides/push#making-watch-requests */
export const WATCH: JsonObject = {
  required: ['id', 'type', 'address'],
  properties: {
    id: { pattern: '^[\\w\\-+/=]{1,64}$' },
    type: { const: 'web_hook' },
    token: { maxLength: 256 },
    params: { properties: { ttl: { pattern: '^\\d+$' } }, additionalProperties: false },
  },
};

/** What identifies a channel to stop. @see https://developers.google.com/workspace/calendar/api/v3/reference/channels/stop */
export const STOP: JsonObject = { required: ['id', 'resourceId'] };

export const WHOLE_CHANNEL: JsonObject = { required: ['kind', 'id', 'resourceId', 'resourceUri', 'expiration'] };

/**
 * The description made strict: no other keys, its default values as constants (`kind`),
 * and enumerations for what it states only in prose.
 */
export const strict = (schemas: JsonObject): JsonObject =>
  asObject(
    mapObjects(schemas, (schema) => {
      const { properties } = schema;
      if (!isObject(properties) || 'additionalProperties' in schema) return schema;
      const { kind, status } = properties;
      return {
        ...schema,
        additionalProperties: false,
        properties: {
          ...properties,
          ...(isObject(kind) && typeof kind.default === 'string' ? { kind: { const: kind.default } } : {}),
          ...(isObject(status) && 'iCalUID' in properties ? { status: { enum: STATUSES } } : {}),
        },
      };
    }),
  );

const STATUSES = ['confirmed', 'tentative', 'cancelled'];

/** A patch removes a value by null. @see https://developers.google.com/workspace/calendar/api/guides/performance#patch */
export const clearable = (schemas: JsonObject): JsonObject =>
  asObject(
    mapObjects(schemas, (schema) => {
      const { properties, additionalProperties } = schema;
      return {
        ...schema,
        ...(isObject(properties)
          ? { properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, orNull(each)])) }
          : {}),
        ...(isObject(additionalProperties) ? { additionalProperties: orNull(additionalProperties) } : {}),
      };
    }),
  );

const orNull = (schema: unknown): JsonObject => ({ anyOf: [schema, { type: 'null' }] });

/** Not in the description. @see https://developers.google.com/workspace/calendar/api/guides/errors */
export const ERROR: JsonObject = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['errors', 'code', 'message'],
      properties: {
        code: { type: 'integer' },
        message: { type: 'string' },
        errors: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['domain', 'reason', 'message'],
            properties: {
              domain: { enum: ['global', 'calendar', 'usageLimits'] },
              reason: { type: 'string' },
              message: { type: 'string' },
              locationType: { enum: ['parameter', 'header'] },
              location: { type: 'string' },
              extendedHelp: { type: 'string' },
            },
            additionalProperties: false,
          },
        },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};
