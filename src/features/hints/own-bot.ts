import { NotionApi } from '../../notion/api.ts';
import type { WorkerServices } from '../../runtime/services.ts';

const ASK_AGAIN_MS = 60_000;

/** As whom we write in Notion, null until that is known: nobody waits for the answer. */
export function ownBot({ notion, budget, sources }: WorkerServices): () => string | null {
  let id: string | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;
  const ask = async (): Promise<void> => {
    const signal = AbortSignal.timeout(ASK_AGAIN_MS);
    id = await sources.botId(new NotionApi(notion, budget, { signal }));
  };
  return () => {
    if (id === null && Date.now() - askedAt > ASK_AGAIN_MS) {
      askedAt = Date.now();
      ask().catch(() => undefined);
    }
    return id;
  };
}
