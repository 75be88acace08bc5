import type { Hint, Noticed } from '../cycle/types.ts';

/** More pages than this are not remembered one by one. */
const MOST_PAGES = 1_000;

/**
 * What was noticed and not yet looked into. It grows in place: thousands of
 * hints may come at once, and a workflow has little time for them.
 */
export class Notices {
  #edited = false;
  #changed = false;
  #pageIds = new Set<string>();

  add(hint: Hint): void {
    if (hint.kind === 'edited') this.#edited = true;
    else if (hint.kind === 'changed') this.#changed = true;
    else this.#addPages(hint.pageIds);
  }

  addAll({ edited, changed, pageIds }: Noticed): void {
    this.#edited ||= edited;
    this.#changed ||= changed;
    this.#addPages(pageIds);
  }

  get isEmpty(): boolean {
    return !this.#edited && !this.#changed && this.#pageIds.size === 0;
  }

  /** Gives it all out, and forgets it. */
  take(): Noticed {
    const noticed = { edited: this.#edited, changed: this.#changed, pageIds: [...this.#pageIds] };
    [this.#edited, this.#changed] = [false, false];
    this.#pageIds.clear();
    return noticed;
  }

  /** Each page once; of too many, a listing tells which. (Those in the trash it does not show: the sweep does.) */
  #addPages(pageIds: readonly string[]): void {
    for (const pageId of pageIds) this.#pageIds.add(pageId);
    if (this.#pageIds.size <= MOST_PAGES) return;
    this.#pageIds.clear();
    this.#changed = true;
  }
}
