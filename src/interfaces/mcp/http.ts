import type { IncomingHttpHeaders } from 'node:http';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { HttpError, type HttpReply, type HttpRequest, HttpService, requireMethod } from '../../shared/http-service.ts';
import { isLoopback } from '../../shared/loopback.ts';
import { isSameSecret } from '../../shared/secrets.ts';
import { createMcpServer, type McpOptions } from './create-server.ts';

export const MCP_PATH = '/mcp';
const TIMEOUT_MS = 30_000;
const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;

export interface McpHttpOptions extends McpOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The bearer token of every request. */
  readonly token: string;
}

/**
 * MCP's streamable HTTP, without sessions: each request is answered by itself, so a client does not notice a restart,
 * or several servers behind one name.
 * @throws ConfigurationError when the address cannot be listened on
 */
export async function startMcpHttp(options: McpHttpOptions): Promise<HttpService> {
  const { host, port, say } = options;
  const service = new HttpService({
    id: 'mcp',
    ...{ address: { host, port }, say, timeoutMs: TIMEOUT_MS },
    handle: (request) => answer(request, options),
    replyToError: (error) => {
      if (error instanceof HttpError) return refuse(error.status, error.message, { headers: error.headers });
      say(`unexpected: ${error instanceof Error ? error.stack : error}`);
      return refuse(500, 'internal error in Lockstep; see its log');
    },
  });
  await service.run();
  return service;
}

async function answer(request: HttpRequest, options: McpHttpOptions): Promise<HttpReply> {
  const { url, method, headers, readBody } = request;
  if (url.pathname !== MCP_PATH) throw new HttpError(404, `not found: the path is ${MCP_PATH}`);
  if (!isFromKnownPage(headers)) throw new HttpError(403, 'requests from pages of other sites are refused');
  if (!isSameSecret(headers.authorization ?? '', `Bearer ${options.token}`)) {
    const message =
      'the token is missing or wrong: send the header "Authorization: Bearer TOKEN" with the value of LOCKSTEP_MCP_TOKEN';
    throw new HttpError(401, message, { 'www-authenticate': 'Bearer' });
  }
  // Without sessions there is nothing to listen to (GET) or to end (DELETE).
  requireMethod(method, 'POST');
  const message = parseJson(await readBody());
  return message === undefined
    ? refuse(400, 'the body is not JSON', { code: PARSE_ERROR })
    : handleMessage(request, message, options);
}

async function handleMessage({ url, headers }: HttpRequest, message: unknown, options: McpOptions): Promise<HttpReply> {
  const server = createMcpServer(options);
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  try {
    await server.connect(transport);
    const fields = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
    const response = await transport.handleRequest(new Request(url, { method: 'POST', headers: fields }), {
      parsedBody: message,
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  } finally {
    await server.close();
  }
}

/** Only browsers send `Origin`. */
function isFromKnownPage({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && (isLoopback(origin) || new URL(origin).host === host);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** A JSON-RPC error. */
const refuse = (
  status: number,
  message: string,
  { code = INVALID_REQUEST, headers = {} }: { readonly code?: number; readonly headers?: HttpReply['headers'] } = {},
): HttpReply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null }),
});
