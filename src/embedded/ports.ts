import { createServer } from 'node:net';

/** How many ports to try before any free one is used. */
const MAX_TRIES = 20;

/** The preferred port of the loopback address, or the next free one. */
export async function freePort(preferred: number): Promise<number> {
  for (let port = preferred; port < preferred + MAX_TRIES; port++) {
    if ((await listenOnce(port)) !== null) return port;
  }
  return (await listenOnce(0)) ?? preferred;
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
