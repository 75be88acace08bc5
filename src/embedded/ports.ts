import { createServer } from 'node:net';

/** How far past the preferred port to look before taking any. */
const NEIGHBOURS = 20;

/** The preferred port of the loopback address, or the next free one. */
export async function freePort(preferred: number): Promise<number> {
  for (let port = preferred; port < preferred + NEIGHBOURS; port++) {
    if ((await listenOnce(port)) !== null) return port;
  }
  return (await listenOnce(0)) ?? preferred;
}

/** The port that could be listened on, or null when it is taken. */
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
