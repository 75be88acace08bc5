import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

/** A server that receives notifications. */
export interface Receiver {
  readonly url: string;
  /** The headers of each notification, in order. */
  readonly received: IncomingHttpHeaders[];
  /** The statuses of the next answers, followed by 200. */
  readonly answers: number[];
}

const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((close) => close()));
});

/** A receiver that is closed after the test. */
export async function receive(): Promise<Receiver> {
  const received: IncomingHttpHeaders[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    received.push({ ...request.headers });
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
  return { url: `http://127.0.0.1:${port}/google`, received, answers };
}

/** The resource state of each notification. */
export const statesOf = ({ received }: Receiver): unknown[] =>
  received.map((headers) => headers['x-goog-resource-state']);
