import { createServer } from 'node:net';

/** How many ports to try before any free one is used. */
const MAX_TRIES = 20;
/** How often a server is started when each time another program takes one of its ports first. */
const MAX_STARTS = 3;

/** The preferred port of the loopback address, or the next free one. */
export async function freePort(preferred: number): Promise<number> {
  for (let port = preferred; port < preferred + MAX_TRIES; port++) {
    if ((await listenOnce(port)) !== null) return port;
  }
  return (await listenOnce(0)) ?? preferred;
}

/**
 * Starts a server on free ports. Another program can take a port between the look for it and the start: then the server
 * is started again on other ports.
 */
export async function startOnFreePorts<T>(
  preferred: readonly [number, number],
  start: (port: number, otherPort: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const [port, otherPort] = [await freePort(preferred[0]), await freePort(preferred[1])];
    try {
      return await start(port, otherPort);
    } catch (error) {
      const isTaken = (await listenOnce(port)) === null || (await listenOnce(otherPort)) === null;
      if (!isTaken || attempt === MAX_STARTS) throw error;
    }
  }
}

/** The port, or null when it is in use. */
function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? null) : null));
    });
  });
}
