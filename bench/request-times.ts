import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One request to the emulator, with times in milliseconds by `performance.now`. */
export interface TimedRequest {
  readonly method: string;
  readonly path: string;
  readonly arrivedAt: number;
  answeredAt: number;
}

export interface RequestTimes {
  readonly url: string;
  readonly requests: readonly TimedRequest[];
  close(): Promise<void>;
}

/** A proxy that records when requests arrive, and when their answers are complete. */
export async function recordTimes(target: string): Promise<RequestTimes> {
  const requests: TimedRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const timed = { method, path: url, arrivedAt: performance.now(), answeredAt: Number.NaN };
    requests.push(timed);
    const body = await buffer(incoming);
    const forwarded = request(new URL(url, target), { method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing).once('finish', () => {
        timed.answeredAt = performance.now();
      });
    });
    forwarded.once('error', () => outgoing.destroy());
    forwarded.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server's address is an AddressInfo
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
