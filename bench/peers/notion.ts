import { setTimeout as sleep } from 'node:timers/promises';
import { APIResponseError, Client } from '@notionhq/client';

export const notionClient = (baseUrl: string, auth: string): Client =>
  new Client({ auth, baseUrl, retry: false, logger: () => undefined });

/** Sends a request, and repeats it after `Retry-After` when Notion responds with 429. */
export async function withRetries<T>(request: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof APIResponseError) || error.status !== 429) throw error;
      const { headers } = error;
      const seconds = headers instanceof Headers ? headers.get('retry-after') : null;
      await sleep(Number(seconds ?? 1) * 1000);
    }
  }
}
