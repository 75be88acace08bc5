import type { RemoteEntity, RemoteRecord, TokenBatch, TokenListing, WatermarkListing } from '../../src/sync/ports.ts';

/** Reads the changes of a side as the engine does, in whichever way the side lists them. */
export class ChangeReader {
  readonly #listing: WatermarkListing | TokenListing;
  #watermark = new Date(0);
  #token: string | null = null;

  constructor({ listing }: RemoteEntity) {
    this.#listing = listing;
  }

  /** The records that changed since the last call; at first, all. Each once, in its newest version. */
  async read(): Promise<RemoteRecord[]> {
    const records =
      this.#listing.kind === 'watermark'
        ? await this.#readSince(this.#listing)
        : await this.#readByToken(this.#listing);
    return [...new Map(records.map((record) => [record.remoteId, record])).values()];
  }

  async #readSince(listing: WatermarkListing): Promise<RemoteRecord[]> {
    const records: RemoteRecord[] = [];
    let since = this.#watermark;
    let next: string | null = null;
    for (;;) {
      const batch = await listing.changedSince(since, next);
      records.push(...batch.records);
      const newest = batch.records.at(-1)?.editedAt ?? since;
      this.#watermark = newest;
      if (!batch.next) return records;
      // As the engine does: the cursor is used only within one instant.
      if (newest > since) [since, next] = [newest, null];
      else next = batch.next;
    }
  }

  async #readByToken(listing: TokenListing): Promise<RemoteRecord[]> {
    const token = this.#token;
    const pages = await readTokenPages(async (page) => {
      if (token === null) return listing.all(page);
      const changes = await listing.changes(token, page);
      if (!changes) throw new Error('the token is no longer known');
      return changes;
    });
    this.#token = pages.at(-1)?.nextToken ?? null;
    return pages.flatMap(({ records }) => records);
  }
}

export async function readTokenPages(read: (page: string | null) => Promise<TokenBatch>): Promise<TokenBatch[]> {
  const pages: TokenBatch[] = [];
  let page: string | null = null;
  do {
    const batch = await read(page);
    pages.push(batch);
    page = batch.nextPage;
  } while (page !== null);
  return pages;
}
