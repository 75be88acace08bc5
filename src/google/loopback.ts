import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FinalError } from '../errors.ts';

export interface Loopback {
  readonly redirectUri: string;
  /** Rejects with a FinalError when the user declines. */
  readonly code: Promise<string>;
  close(): void;
}

/**
 * A server on 127.0.0.1 that waits for the browser to bring the code. What does
 * not carry `state` came from elsewhere and is turned away.
 */
export async function listenForCode(state: string): Promise<Loopback> {
  const { promise: code, resolve, reject } = withResolvers<string>();
  // Whoever awaits it is told; before that nobody may be listening.
  code.catch(() => undefined);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname !== '/') return page(response, 404, 'Nothing here', '');
    if (url.searchParams.get('state') !== state) {
      return page(
        response,
        400,
        'Not signed in',
        'This answer belongs to another sign-in. Start again in the terminal.',
      );
    }
    const given = url.searchParams.get('code');
    if (given) {
      page(response, 200, 'Signed in', 'Lockstep may now use the calendar. You can close this page.');
      resolve(given);
    } else {
      page(response, 200, 'Not signed in', 'Nothing was changed. You can close this page.');
      const why = url.searchParams.get('error') ?? 'no code';
      reject(new FinalError('google_declined', `The sign-in was not completed in the browser (${why.slice(0, 40)})`));
    }
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  // A TCP server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    redirectUri: `http://127.0.0.1:${port}`,
    code,
    close: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}

function page(response: ServerResponse, status: number, title: string, text: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', connection: 'close' });
  response.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} – Lockstep</title>
<style>body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 20vh auto; padding: 0 1rem }</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`);
}

function withResolvers<T>() {
  let settle: { resolve: (value: T) => void; reject: (reason: Error) => void } | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return {
    promise,
    resolve: (value: T) => settle?.resolve(value),
    reject: (reason: Error) => settle?.reject(reason),
  };
}
