import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

/** A server that Google can post to. */
export interface Receiver {
  readonly url: string;
  /** The headers of what came, in the order of its coming. */
  readonly came: IncomingHttpHeaders[];
  /** Statuses of the next answers; after them, 200. */
  readonly answers: number[];
}

const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((close) => close()));
});

/** A receiver that ends with the test. */
export async function receive(): Promise<Receiver> {
  const came: IncomingHttpHeaders[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    came.push({ ...request.headers });
    response.writeHead(answers.shift() ?? 200).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  running.push(
    () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo; // a TCP server has one
  return { url: `http://127.0.0.1:${port}/google`, came, answers };
}

/** What notifications say, but for what is random about them. */
export const statesOf = ({ came }: Receiver): unknown[] => came.map((headers) => headers['x-goog-resource-state']);
