import { readFileSync } from 'node:fs';
import endpoints from '@notionhq/client/build/src/api-endpoints.js';
import type { ValidateFunction } from 'ajv';
import { type Answer, type Description, type Exchange, parsed, verdictBy } from '../exchange.ts';
import { asObject, isObject, type JsonObject, newAjv, type Problem, problemsOf } from '../schema.ts';
import { ERROR, OF_THE_EDGE, ON_EVERY_ANSWER, OPENAPI_IS_RIGHT } from './exceptions.ts';
import { notionSchema, ROOT } from './schemas.ts';
import type { NotionOperations } from './types.ts';

export type NotionOperation = keyof NotionOperations;
type Side = 'request' | 'answer';

/** How the client sends an operation: what goes into the path, the query and the body. */
export interface Endpoint {
  readonly operation: NotionOperation;
  readonly method: string;
  /** With `{name}` for a parameter. */
  readonly path: string;
  readonly queryParams: readonly string[];
  readonly bodyParams: readonly string[];
}

/** What the client exports for every endpoint. */
interface ClientEndpoint {
  readonly method: string;
  readonly pathParams: readonly string[];
  readonly queryParams: readonly string[];
  readonly bodyParams: readonly string[];
  readonly path: (parameters: never) => string;
}

/** Notion's OpenAPI: a list of routes, and of some bodies. */
export const openApi: JsonObject = asObject(
  JSON.parse(readFileSync(new URL('./openapi.json', import.meta.url), 'utf8')),
);

let description: Promise<Description> | undefined;

/** Notion, by the types of its client. Compiling its schemas takes a second, so a process does it once. */
export const notionDescription = (): Promise<Description> => (description ??= describeNotion());

async function describeNotion(): Promise<Description> {
  const schema = await notionSchema();
  const ajv = newAjv().addSchema(schema, 'types').addSchema(openApi, 'openapi').addSchema(ERROR, 'error');
  const operations = operationsIn(schema);
  const table = operations.map(endpointOf);

  const schemaAt = (key: string): ValidateFunction => {
    const found = ajv.getSchema(key);
    if (!found) throw new Error(`there is no schema ${key}`);
    return found;
  };
  const held = (value: unknown, key: string): Problem[] => {
    const validate = schemaAt(key);
    return validate(value) ? [] : problemsOf(validate.errors);
  };
  const typesSay = (operation: NotionOperation, side: Side, value: unknown): Problem[] =>
    held(value, `types#/definitions/${ROOT}/properties/${operation}/properties/${side}`);
  const openApiSays = (endpoint: Endpoint, side: Side, value: unknown): Problem[] => {
    const isRight: readonly string[] = OPENAPI_IS_RIGHT[side];
    return isRight.includes(endpoint.operation) ? held(value, `openapi${openApiPointer(endpoint, side)}`) : [];
  };

  const judgeRequest = (
    endpoint: Endpoint,
    path: Record<string, string>,
    { url, requestBody }: Exchange,
  ): Problem[] => {
    const body = parsed(requestBody) ?? {};
    if (!isObject(body)) return [{ pointer: '', message: 'must be an object' }];
    const query = queryOf(url);
    const misplaced = [
      ...unknownOf(query, endpoint.queryParams, `no query parameter of ${endpoint.operation}`),
      ...unknownOf(body, endpoint.bodyParams, `nothing that ${endpoint.operation} has in its body`),
    ];
    // The types combine the parameters of path, query and body.
    const whole = { ...path, ...query, ...body };
    return [
      ...misplaced,
      ...typesSay(endpoint.operation, 'request', whole),
      ...openApiSays(endpoint, 'request', endpoint.bodyParams.length > 0 ? body : {}),
    ];
  };

  const judgeAnswer = (endpoint: Endpoint, answer: Answer): Problem[] => {
    if (answer.status >= 400) return judgeError(answer);
    const body = parsed(answer.body);
    if (!isObject(body)) return [{ pointer: '', message: 'must be an object' }];
    const { [ON_EVERY_ANSWER]: requestId, ...said } = body;
    return [
      ...(typeof requestId === 'string' ? [] : [{ pointer: '', message: `must have "${ON_EVERY_ANSWER}"` }]),
      ...typesSay(endpoint.operation, 'answer', said),
      ...openApiSays(endpoint, 'answer', said),
    ];
  };

  const judgeError = ({ status, contentType, body }: Answer): Problem[] => {
    if (!contentType.startsWith('application/json') && OF_THE_EDGE.includes(status)) return [];
    const error = parsed(body);
    const told =
      isObject(error) && error.status !== status ? [{ pointer: '/status', message: `is not ${status}` }] : [];
    return [...told, ...held(error, 'error')];
  };

  return {
    operations,
    covers: (path) => path.startsWith('/v1/'),
    judge: (exchange) =>
      verdictBy(table, exchange, (endpoint, path) => ({
        operation: endpoint.operation,
        request: () => judgeRequest(endpoint, path, exchange),
        answer: (answer) => judgeAnswer(endpoint, answer),
      })),
  };
}

/** Static paths first: `users/me` is not a user id. */
function operationsIn(schema: JsonObject): NotionOperation[] {
  const root = asObject(asObject(schema.definitions)[ROOT]);
  // The schema was generated from this type.
  const names = Object.keys(asObject(root.properties)) as NotionOperation[];
  return names.sort((a, b) => endpoints[a].pathParams.length - endpoints[b].pathParams.length);
}

export function endpointOf(operation: NotionOperation): Endpoint {
  // Each takes the parameters that it names.
  const { method, pathParams, queryParams, bodyParams, path } = endpoints[operation] as ClientEndpoint;
  const placeholders = Object.fromEntries(pathParams.map((name) => [name, `{${name}}`])) as never;
  return { operation, method: method.toUpperCase(), path: `/v1/${path(placeholders)}`, queryParams, bodyParams };
}

const openApiPointer = ({ method, path }: Endpoint, side: Side): string => {
  const escaped = encodeURIComponent(path.replaceAll('/', '~1'));
  const at = side === 'request' ? 'requestBody' : 'responses/200';
  return `#/paths/${escaped}/${method.toLowerCase()}/${at}/content/application~1json/schema`;
};

/** In a query, numbers are texts, and a repeated key is a list. */
const queryOf = (url: string): JsonObject => {
  const { searchParams } = new URL(url, 'http://notion');
  return Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const [first = '', ...others] = searchParams.getAll(name);
      if (name === 'filter_properties') return [name, [first, ...others]];
      return [name, others.length === 0 && /^\d+$/.test(first) && name === 'page_size' ? Number(first) : first];
    }),
  );
};

const unknownOf = (given: JsonObject, known: readonly string[], message: string): Problem[] =>
  Object.keys(given).flatMap((key) => (known.includes(key) ? [] : [{ pointer: `/${key}`, message }]));
