import { createServer, type IncomingMessage } from 'node:http';
import { LockstepError } from '../../errors.ts';
import { drain, listen, readBody } from '../../shared/http-service.ts';
import { type GoogleWebhooksOptions, googleWebhooks } from './google-webhooks.ts';
import type { Answer, Handler } from './handler.ts';
import { type NotionWebhooksOptions, notionWebhooks } from './notion-webhooks.ts';

const LARGEST_BODY = 1_000_000;
/** A sender that dawdles is neither Notion nor Google. */
const REQUEST_MS = 10_000;

export interface WebhookServerOptions extends NotionWebhooksOptions, GoogleWebhooksOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

export interface WebhookServer {
  readonly url: string;
  /** Answers what has been asked, and takes nothing new. */
  close(): Promise<void>;
}

/**
 * Takes what Notion and Google say has changed, and makes hints of it. It believes nobody else, keeps nothing, and
 * answers at once; where a hint cannot be given, the sender is asked to try again.
 * @throws Error when the port is taken
 */
export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const { host, port, say } = options;
  const routes: Readonly<Record<string, { readonly method: string; readonly handle: Handler }>> = {
    '/healthz': { method: 'GET', handle: async () => ({ status: 200, text: 'ok' }) },
    '/notion': { method: 'POST', handle: notionWebhooks(options) },
    '/google': { method: 'POST', handle: googleWebhooks(options) },
  };
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) return { status: 404, text: 'there is nothing here' };
    if (request.method !== route.method) return { status: 405, text: `only ${route.method}`, allow: route.method };
    const body = await readBody(request, LARGEST_BODY);
    return body ? route.handle(request, body) : { status: 413, text: 'too large' };
  };
  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown): Answer => {
        say(`a webhook was not taken: ${error instanceof LockstepError ? error.message : `unexpected: ${error}`}`);
        return { status: 503, text: 'not now; try again' };
      })
      .then(({ status, text, allow }) => {
        // The rest of a body that nobody reads must not keep the connection.
        if (status === 413) response.setHeader('connection', 'close');
        if (allow !== undefined) response.setHeader('allow', allow);
        response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
      })
      .catch(() => response.destroy());
  });
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  const at = await listen(server, host, port);
  return { url: `http://${host}:${at}`, close: () => drain(server) };
}
