import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { invalid, NotionError } from './api-error.ts';
import type { Budget } from './budget.ts';
import type { Counters } from './counters.ts';
import { type JsonObject, object, refuse } from './expect.ts';
import { type ChosenFault, type Faults, faultAnswer } from './faults.ts';
import { readBody } from './http.ts';
import type { Integration } from './model.ts';
import { findRoute, type Route } from './router.ts';
import { type ApiVersion, acceptVersion, inVersion, refuseRemovedNames } from './versions.ts';
import type { Workspace } from './workspace.ts';

interface Api {
  readonly routes: readonly Route[];
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly counters: Counters;
  readonly budget: Budget;
}

/** @see https://developers.notion.com/reference/request-limits */
const MAX_BODY_BYTES = 500_000;

/** Answers one request to `/v1/…`. */
export async function answerApi(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  const url = new URL(request.url ?? '/', 'http://localhost');
  // Read first, because the client sends the whole body even when the request is refused.
  const body = await readBody(request, Math.max(MAX_BODY_BYTES, ...api.routes.map(({ maxBytes = 0 }) => maxBytes)));
  let integration: Integration | undefined;
  try {
    const method = request.method ?? 'GET';
    integration = authorise(api.workspace, request);
    const version = versionOf(request);
    const { route, params } = routeFor(api, method, url.pathname, version);
    api.budget.spend(integration.token);
    const chosen = api.faults.choose({ method, path: url.pathname, kind: route.kind });
    if (chosen && (await faultInstead(chosen, response)) === 'answered') {
      api.counters.answer(response.statusCode === 200 ? 0 : response.statusCode);
      return;
    }
    requireCapability(route, integration);
    requireKnownQuery(route, url.searchParams);
    const form = await formIn(request, route, body);
    const parsed = form ? {} : parseBody(request, route, body);
    refuseRemovedNames(version, parsed);
    const query = url.searchParams;
    const result = inVersion(version, route.handle({ params, query, body: parsed, integration, version, ...form }));
    if (route.writes) api.counters.write();
    if (chosen && faultAfter(chosen, response, result)) {
      api.counters.answer(0);
      return;
    }
    const status = 'object' in result && result.object === 'async_task' && 'poll_after_seconds' in result ? 202 : 200;
    send(api, response, status, { ...result, request_id: requestId }, requestId);
  } catch (error) {
    const refusal = error instanceof NotionError ? error : unexpected(error);
    const { status, code, message, additionalData, retryAfter } = refusal.forIntegration(integration);
    if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
    const shown = {
      object: 'error',
      status,
      code,
      message,
      ...(additionalData ? { additional_data: additionalData } : {}),
      request_id: requestId,
    };
    send(api, response, status, shown, requestId);
  }
}

function authorise(workspace: Workspace, request: IncomingMessage): Integration {
  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  const integration = token === undefined ? undefined : workspace.integration(token);
  if (!integration) throw new NotionError(401, 'unauthorized', 'API token is invalid.');
  return integration;
}

function versionOf(request: IncomingMessage): ApiVersion {
  const version = request.headers['notion-version'];
  if (version !== undefined) return acceptVersion(version);
  throw new NotionError(
    400,
    'missing_version',
    `Notion-Version header failed validation: Notion-Version header should be defined, instead was \`undefined\`.`,
  );
}

function routeFor(
  api: Api,
  method: string,
  path: string,
  version: ApiVersion,
): { route: Route; params: Record<string, string> } {
  try {
    const found = findRoute(api.routes, method, path, version);
    api.counters.request(found.route.kind);
    return found;
  } catch (error) {
    api.counters.request('other');
    throw error;
  }
}

function requireCapability({ needs }: Route, { capabilities }: Integration): void {
  if (needs === null || capabilities[needs]) return;
  throw new NotionError(403, 'restricted_resource', 'Insufficient permissions for this endpoint.');
}

function requireKnownQuery({ queryKeys = [] }: Route, query: URLSearchParams): void {
  for (const [key, value] of query) {
    if (!queryKeys.includes(key)) throw refuse(`query.${key}`, 'not present', value);
  }
}

/** A body of several parts, for routes that take one. */
async function formIn(
  request: IncomingMessage,
  { maxBytes }: Route,
  body: Buffer | null,
): Promise<{ form: FormData } | null> {
  const type = request.headers['content-type'] ?? '';
  if (maxBytes === undefined || body === null || !type.startsWith('multipart/form-data')) return null;
  try {
    return { form: await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData() };
  } catch {
    throw invalid('body failed validation: the multipart/form-data body cannot be read.');
  }
}

function parseBody(request: IncomingMessage, { method }: Route, body: Buffer | null): JsonObject {
  if (body === null || body.length > MAX_BODY_BYTES)
    throw invalid(`body failed validation: the payload is larger than ${MAX_BODY_BYTES} bytes.`);
  if (method === 'GET' || body.length === 0) return {};
  const wrong = new NotionError(400, 'invalid_json', 'Error parsing JSON body.');
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw wrong;
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw wrong;
  }
  return object(value, 'body');
}

/** Applies a fault that replaces or delays the request. */
async function faultInstead(chosen: ChosenFault, response: ServerResponse): Promise<'answered' | 'continue'> {
  const { fault } = chosen;
  if ('afterCommit' in fault && fault.afterCommit) return 'continue';
  chosen.happened();
  switch (fault.kind) {
    case 'delay':
      await sleep(fault.ms, undefined, { ref: false });
      return 'continue';
    case 'hang':
      return 'answered';
    case 'reset':
      response.socket?.resetAndDestroy();
      return 'answered';
    case 'html502':
      response.writeHead(502, { 'content-type': 'text/html', 'cf-ray': 'emulated-ray' });
      response.end('<html><body><h1>502 Bad Gateway</h1></body></html>');
      return 'answered';
    case 'status':
      throw faultAnswer(fault, null);
  }
}

/** Applies a fault after the request was carried out. @returns whether the answer is lost */
function faultAfter(chosen: ChosenFault, response: ServerResponse, result: object): boolean {
  const { fault } = chosen;
  if (!('afterCommit' in fault) || !fault.afterCommit) return false;
  chosen.happened();
  if (fault.kind === 'status')
    throw faultAnswer(fault, 'id' in result && typeof result.id === 'string' ? result.id : null);
  if (fault.kind === 'reset') response.socket?.resetAndDestroy();
  return true;
}

/** A defect of the emulator. The answer contains the stack, because nothing else shows it. */
function unexpected(error: unknown): NotionError {
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new NotionError(500, 'internal_server_error', `The emulator failed: ${words}`);
}

function send(api: Api, response: ServerResponse, status: number, body: object, requestId: string): void {
  api.counters.answer(status);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-notion-request-id': requestId,
    'cf-ray': requestId.slice(0, 8),
  });
  response.end(JSON.stringify(body));
}
