import type { RemoteBatch } from './ports.ts';

/**
 * A minute with more edits than one batch holds is listed by cursor. An edit of the page where the cursor stands moves
 * it past others, so the minute is listed again until that shows no other page.
 */
export class CrowdedMinute {
  readonly #seen = new Set<string>();
  #isGrowing = false;

  /** @returns whether the minute that begins at `since` is to be listed from its start, before anything later */
  isIncomplete(since: Date, { records, next }: RemoteBatch<string>, cursor: string | null): boolean {
    const inMinute = records.filter(({ editedAt }) => editedAt <= since);
    for (const { remoteId } of inMinute) {
      if (!this.#seen.has(remoteId)) this.#isGrowing = true;
      this.#seen.add(remoteId);
    }
    if (next !== null && inMinute.length === records.length) return false;
    const isIncomplete = cursor !== null && this.#isGrowing;
    this.#isGrowing = false;
    if (!isIncomplete) this.#seen.clear();
    return isIncomplete;
  }
}
