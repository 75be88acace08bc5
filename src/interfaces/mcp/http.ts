import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { isLoopback } from '../../config.ts';
import { drain, listen, readBody } from '../../shared/http-service.ts';
import { isSameSecret } from '../../shared/secrets.ts';
import { createMcpServer, type McpOptions } from './create-server.ts';

const PATH = '/mcp';
const LARGEST_BODY = 1_000_000;
const REQUEST_MS = 30_000;

export interface McpHttpOptions extends McpOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** What every request has to show. */
  readonly token: string;
}

export interface McpHttp {
  readonly url: string;
  /** Answers what has been asked, and takes nothing new. */
  close(): Promise<void>;
}

/**
 * MCP's streamable HTTP. A request is answered by itself, without a session: a restart, or several servers behind one
 * name, make no difference to a client.
 * @throws Error when the port is taken
 */
export async function startMcpHttp(options: McpHttpOptions): Promise<McpHttp> {
  const { host, port, say } = options;
  const server = createServer((request, response) => {
    if (!server.listening) response.setHeader('connection', 'close');
    answer(request, response, options).catch((error: unknown) => {
      say(`a request was not answered: ${error instanceof Error ? error.stack : String(error)}`);
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'something went wrong in Lockstep itself; its log says what');
    });
  });
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  const at = await listen(server, host, port);
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${at}${PATH}`, close: () => drain(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: McpHttpOptions): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/healthz' && request.method === 'GET') return void response.end('ok\n');
  if (pathname !== PATH) return refuse(response, 404, `there is nothing here: the address ends with ${PATH}`);
  if (!isFromKnownPage(request)) return refuse(response, 403, 'pages of other sites are not answered');
  if (!isSameSecret(request.headers.authorization ?? '', `Bearer ${options.token}`)) {
    response.setHeader('www-authenticate', 'Bearer');
    return refuse(
      response,
      401,
      'the token is missing or wrong: send the header «Authorization: Bearer» with LOCKSTEP_MCP_TOKEN',
    );
  }
  // There is no session to listen to, or to end.
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    return refuse(response, 405, 'only POST');
  }
  // The rest of a body that is too large is thrown away as it comes: who sends it reads the answer only after.
  const body = await readBody(request, LARGEST_BODY);
  if (!body) return refuse(response, 413, `the request has more than ${LARGEST_BODY} bytes`);
  const message = jsonIn(body);
  if (message === undefined) return refuse(response, 400, 'the body is no JSON', -32700);
  const server = createMcpServer(options);
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  response.once('close', () => {
    void server.close();
  });
  await server.connect(transport);
  await transport.handleRequest(request, response, message);
}

/** Whoever is no browser says nothing of where it comes from. */
function isFromKnownPage({ headers: { origin, host } }: IncomingMessage): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && (isLoopback(origin) || new URL(origin).host === host);
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** JSON-RPC's way to say that a request was not taken. */
function refuse(response: ServerResponse, status: number, message: string, code = -32600): void {
  const body = JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}
