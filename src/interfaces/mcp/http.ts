import type { IncomingHttpHeaders } from 'node:http';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { FailedAttempts } from '../../shared/failed-attempts.ts';
import { HttpError, type HttpReply, type HttpRequest, HttpService, requireMethod } from '../../shared/http-service.ts';
import { formatListenAddress, type ListenAddress } from '../../shared/listen-address.ts';
import { isLoopback } from '../../shared/loopback.ts';
import { isSameSecret } from '../../shared/secrets.ts';
import { createMcpServer, type McpOptions } from './create-server.ts';

export const MCP_PATH = '/mcp';
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
  const failed = new FailedAttempts((line) => say(`mcp: ${line}`));
  const service = new HttpService({
    id: 'mcp',
    ...{ address: { host, port }, say },
    checkHost: (name) => (isHostKnown(host, name) ? null : 'this name is not served: use 127.0.0.1'),
    handle: (request) => answer(request, options, failed),
    replyToError: (error) => {
      if (error instanceof HttpError) return refuse(error.status, error.message, { headers: error.headers });
      say(`unexpected: ${error instanceof Error ? error.stack : error}`);
      return refuse(500, 'internal error in Lockstep; see its log');
    },
  });
  await service.run();
  return service;
}

async function answer(request: HttpRequest, options: McpHttpOptions, failed: FailedAttempts): Promise<HttpReply> {
  const { url, method, headers, remoteAddress, readBody } = request;
  if (url.pathname !== MCP_PATH) throw new HttpError(404, `not found: the path is ${MCP_PATH}`);
  if (!isFromKnownPage(headers, options)) throw new HttpError(403, 'requests from pages of other sites are refused');
  failed.check(remoteAddress);
  if (!isSameSecret(headers.authorization ?? '', `Bearer ${options.token}`)) {
    failed.add(remoteAddress);
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

/**
 * Only browsers send `Origin`. It is compared with the address that the server listens on, not with the `Host` header,
 * which a site that points its own name here sends as well.
 */
function isFromKnownPage({ origin }: IncomingHttpHeaders, listensOn: ListenAddress): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  return isLoopbackHost(listensOn.host) ? isLoopback(origin) : new URL(origin).host === formatListenAddress(listensOn);
}

const isLoopbackHost = (host: string): boolean => isLoopback(`http://${formatListenAddress({ host, port: 1 })}`);

/** Another site may point its own name at this machine (DNS rebinding). */
const isHostKnown = (listensOn: string, name = ''): boolean =>
  !isLoopbackHost(listensOn) || (URL.canParse(`http://${name}`) && isLoopback(`http://${name}`));

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
