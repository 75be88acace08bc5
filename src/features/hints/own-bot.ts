import { NotionApi } from '../../notion/notion-api.ts';
import type { WorkerServices } from '../../runtime/services.ts';

const RETRY_MS = 60_000;

/** @returns the id of Lockstep's bot user in Notion, or null until it is known; it never waits */
export function ownBot({ notion, budget, sources }: WorkerServices): () => string | null {
  let id: string | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;
  const ask = async (): Promise<void> => {
    const signal = AbortSignal.timeout(RETRY_MS);
    id = await sources.botId(new NotionApi(notion, budget, { signal }));
  };
  return () => {
    if (id === null && Date.now() - askedAt > RETRY_MS) {
      askedAt = Date.now();
      ask().catch(() => undefined);
    }
    return id;
  };
}
