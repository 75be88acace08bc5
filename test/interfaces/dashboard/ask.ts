import { request } from 'node:http';
import { expect } from 'vitest';

export interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Unlike `fetch`, it sends any header and follows no redirect. */
export function ask(url: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

export const formTokenOf = (page: string): string =>
  /name="form" value="([^"]+)"/.exec(page)?.[1] ?? expect.fail('no form');

/** Sends a form of the page at `/`, as a browser does. */
export async function press(
  url: string,
  path: string,
  fields: Record<string, string> = {},
  headers = {},
): Promise<Answer> {
  const { body } = await ask(`${url}/`, { headers });
  const form = new URLSearchParams({ form: formTokenOf(body), ...fields }).toString();
  return ask(url + path, { method: 'POST', headers: { origin: url, ...headers }, body: form });
}
