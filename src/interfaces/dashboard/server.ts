import { createServer } from 'node:http';
import { isLoopback } from '../../config.ts';
import { ConfigurationError } from '../../errors.ts';
import { drain, listen } from '../../shared/http-service.ts';
import { type AnswerOptions, Answers } from './answer.ts';
import { send } from './reply.ts';

const REQUEST_MS = 10_000;

export interface DashboardOptions extends AnswerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

export interface Dashboard {
  readonly url: string;
  /** Answers what has been asked, and takes nothing new. */
  close(): Promise<void>;
}

/**
 * Serves the pages. Nobody's address, path or token is written down.
 * @throws ConfigurationError without a token where others than this machine could come
 * @throws Error when the port is taken
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host, port, token, say } = options;
  const name = host.includes(':') ? `[${host}]` : host;
  if (token === undefined && !isLoopback(`http://${name}`)) {
    throw new ConfigurationError(
      `LOCKSTEP_DASHBOARD_TOKEN is not set: on ${host} the dashboard asks for it; make one with: openssl rand -hex 32`,
    );
  }
  const answers = new Answers(options);
  const server = createServer((request, response) => {
    answers
      .to(request)
      .then((reply) => {
        // Neither the rest of a body that nobody reads nor a next request must keep the connection.
        if (reply.status === 413 || !server.listening) response.setHeader('connection', 'close');
        send(reply, response);
      })
      .catch((error: unknown) => {
        say(`a page could not be sent: ${error}`);
        response.destroy();
      });
  });
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  const at = await listen(server, host, port);
  return { url: `http://${name}:${at}`, close: () => drain(server) };
}
