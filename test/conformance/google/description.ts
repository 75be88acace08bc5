import { readFileSync } from 'node:fs';
import type { Ajv } from 'ajv';
import { type Answer, type Description, type Exchange, parsed, verdictBy } from '../exchange.ts';
import { asObject, isObject, type JsonObject, newAjv, type Problem, problemsOf } from '../schema.ts';
import {
  clearable,
  ERROR,
  INSERT,
  NO_CONTENT,
  STOP,
  strict,
  WATCH,
  WHOLE_CHANNEL,
  WHOLE_EVENT,
  WHOLE_LIST,
} from './exceptions.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: JsonObject;
}

interface Operation {
  /** `calendar.events.list`, as in the description and the client. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly hasBody: boolean;
  /** The schema of the answer; null for an empty one. */
  readonly answer: string | null;
}

const openApi = asObject(JSON.parse(readFileSync(new URL('./openapi.json', import.meta.url), 'utf8')));

/** Google Calendar's events and channels, from APIs.guru, which converts Google's discovery document. */
export function googleDescription(): Description {
  const ajv = ajvFor(asObject(asObject(openApi.components).schemas));
  const table = operationsIn(openApi);
  const held = (value: unknown, key: string): Problem[] => (ajv.validate(key, value) ? [] : problemsOf(ajv.errors));

  const judgeRequest = (operation: Operation, path: Record<string, string>, exchange: Exchange): Problem[] => {
    const body = parsed(exchange.requestBody);
    const parameters = judgeParameters(ajv, operation, path, new URL(exchange.url, 'http://google').searchParams);
    if (!operation.hasBody) return body === undefined ? parameters : [...parameters, problem('', 'takes no body')];
    return [...parameters, ...held(body, BODY_OF[operation.name] ?? 'strict#/Event')];
  };

  const judgeAnswer = ({ answer }: Operation, { status, body }: Answer): Problem[] => {
    const said = parsed(body);
    if (status >= 400) {
      const code = isObject(said) && isObject(said.error) ? said.error.code : undefined;
      return [...held(said, 'error'), ...(code === status ? [] : [problem('/error/code', `is not ${status}`)])];
    }
    if (answer !== null) return held(said, `answer#/${answer}`);
    return status === NO_CONTENT && said === undefined ? [] : [problem('', `is not empty with status ${NO_CONTENT}`)];
  };

  return {
    operations: table.map(({ name }) => name),
    covers: (path) => path.startsWith('/calendar/v3/'),
    judge: (exchange) =>
      verdictBy(table, exchange, (operation, path) => ({
        operation: operation.name,
        request: () => judgeRequest(operation, path, exchange),
        answer: (answer) => judgeAnswer(operation, answer),
      })),
  };
}

const BODY_OF: Readonly<Record<string, string>> = {
  'calendar.events.insert': 'insert',
  'calendar.events.patch': 'patch#/Event',
  'calendar.events.watch': 'watch',
  'calendar.channels.stop': 'stop',
};

function ajvFor(schemas: JsonObject): Ajv {
  // Here the schemas are the root.
  const rooted = JSON.stringify(schemas).replaceAll('"#/components/schemas/', '"#/');
  const known = strict(asObject(JSON.parse(rooted)));
  const answers = {
    ...known,
    Event: { allOf: [known.Event, WHOLE_EVENT] },
    Events: { allOf: [known.Events, WHOLE_LIST] },
    Channel: { allOf: [known.Channel, WHOLE_CHANNEL] },
  };
  return newAjv()
    .addFormat('int32', true)
    .addFormat('int64', /^\d+$/)
    .addSchema(known, 'strict')
    .addSchema(clearable(known), 'patch')
    .addSchema(answers, 'answer')
    .addSchema({ allOf: [{ $ref: 'strict#/Event' }, INSERT] }, 'insert')
    .addSchema({ allOf: [{ $ref: 'strict#/Channel' }, WATCH] }, 'watch')
    .addSchema({ allOf: [{ $ref: 'strict#/Channel' }, STOP] }, 'stop')
    .addSchema(ERROR, 'error');
}

function operationsIn(description: JsonObject): Operation[] {
  const shared = asObject(asObject(description.components).parameters);
  return Object.entries(asObject(description.paths)).flatMap(([path, item]) => {
    const { parameters: common, ...methods } = asObject(item);
    return Object.entries(methods).map(([method, value]): Operation => {
      const { operationId, parameters, requestBody, responses } = asObject(value);
      const content = asObject(asObject(asObject(responses)['200']).content ?? {})['application/json'];
      const answer = isObject(content) ? String(asObject(content.schema).$ref).split('/').at(-1) : undefined;
      return {
        name: String(operationId),
        method: method.toUpperCase(),
        path,
        parameters: [...list(common), ...list(parameters)].map((each) => toParameter(each, shared)),
        hasBody: requestBody !== undefined,
        answer: answer ?? null,
      };
    });
  });
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function toParameter(value: unknown, shared: JsonObject): Parameter {
  const given = asObject(value);
  const {
    name,
    in: where,
    required,
    schema,
  } = typeof given.$ref === 'string' ? asObject(shared[given.$ref.split('/').at(-1) ?? '']) : given;
  return { name: String(name), in: String(where), required: required === true, schema: asObject(schema) };
}

function judgeParameters(
  ajv: Ajv,
  { name: operation, parameters }: Operation,
  path: Record<string, string>,
  query: URLSearchParams,
): Problem[] {
  const known = parameters.filter((parameter) => parameter.in === 'query');
  const unknown = [...new Set(query.keys())].filter((key) => !known.some(({ name }) => name === key));
  return [
    ...unknown.map((key) => problem(`/${key}`, `no query parameter of ${operation}`)),
    ...parameters.flatMap((parameter) => {
      const { name, schema, required } = parameter;
      const values = parameter.in === 'path' ? [path[name] ?? ''] : query.getAll(name);
      if (values.length === 0) return required ? [problem(`/${name}`, 'is required')] : [];
      const value = schema.type === 'array' ? values : typed(values[0] ?? '', schema);
      return ajv.validate(schema, value)
        ? []
        : problemsOf(ajv.errors).map(({ message }) => problem(`/${name}`, message));
    }),
  ];
}

/** A query contains only texts. */
function typed(text: string, { type }: JsonObject): unknown {
  if (type === 'integer' && /^-?\d+$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

const problem = (pointer: string, message: string): Problem => ({ pointer, message });
