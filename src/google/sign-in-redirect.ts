import { FinalError } from '../errors.ts';
import { HttpError, type HttpReply, HttpService, ONCE } from '../shared/http-service.ts';
import { withResolvers } from '../shared/with-resolvers.ts';

export interface SignInRedirect {
  readonly redirectUri: string;
  /** Rejects with a FinalError when the user declines. */
  readonly code: Promise<string>;
  /** Does not wait for connections that a browser keeps open. */
  close(): void;
}

/** Waits on 127.0.0.1 for the browser to deliver the code. Refuses requests with another `state`. */
export async function listenForCode(state: string): Promise<SignInRedirect> {
  const { promise: code, resolve, reject } = withResolvers<string>();
  // The user may decline before anything awaits the code.
  code.catch(() => undefined);
  const service = new HttpService({
    id: 'sign-in',
    address: { host: '127.0.0.1', port: 0 },
    say: () => undefined,
    handle: async ({ url }) => {
      if (url.pathname !== '/') throw new HttpError(404, 'not found');
      if (url.searchParams.get('state') !== state) {
        return page(400, 'Not signed in', 'This answer belongs to another sign-in. Start again in the terminal.');
      }
      const given = url.searchParams.get('code');
      if (given) {
        resolve(given);
        return page(200, 'Signed in', 'Lockstep may now use the calendar. You can close this page.');
      }
      const why = url.searchParams.get('error') ?? 'no code';
      reject(new FinalError('google_declined', `The sign-in was not completed in the browser (${why.slice(0, 40)})`));
      return page(200, 'Not signed in', 'Nothing was changed. You can close this page.');
    },
  });
  await service.run();
  return { redirectUri: service.url, code, close: () => void service.stop() };
}

const page = (status: number, title: string, text: string): HttpReply => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', ...ONCE },
  body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} – Lockstep</title>
<style>body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 20vh auto; padding: 0 1rem }</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`,
});
