import type { Hint, HintBatch } from '../cycle/messages.ts';

/** With more pages than this, a listing finds them. */
const MAX_PAGES = 1_000;

/**
 * Deduplicates hints until they are taken. It changes in place: thousands of hints may arrive at once, and a workflow
 * task has little time for them.
 */
export class HintCollector {
  #edited = false;
  #changed = false;
  #pageIds = new Set<string>();

  add(hint: Hint): void {
    if (hint.kind === 'edited') this.#edited = true;
    else if (hint.kind === 'changed') this.#changed = true;
    else this.#addPages(hint.pageIds);
  }

  addBatch({ edited, changed, pageIds }: HintBatch): void {
    this.#edited ||= edited;
    this.#changed ||= changed;
    this.#addPages(pageIds);
  }

  get isEmpty(): boolean {
    return !this.#edited && !this.#changed && this.#pageIds.size === 0;
  }

  /** Returns all hints, and removes them. */
  take(): HintBatch {
    const batch = { edited: this.#edited, changed: this.#changed, pageIds: [...this.#pageIds] };
    [this.#edited, this.#changed] = [false, false];
    this.#pageIds.clear();
    return batch;
  }

  /** Too many pages become `changed`. A listing does not show trashed pages; the sweep finds those. */
  #addPages(pageIds: readonly string[]): void {
    for (const pageId of pageIds) this.#pageIds.add(pageId);
    if (this.#pageIds.size <= MAX_PAGES) return;
    this.#pageIds.clear();
    this.#changed = true;
  }
}

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Any client can send a signal, and Temporal cannot refuse it. */
export const isHint = (value: unknown): value is Hint =>
  isRecord(value) &&
  (value.kind === 'edited' || value.kind === 'changed' || (value.kind === 'pages' && isTextList(value.pageIds)));

export const isHintBatch = (value: unknown): value is HintBatch => isRecord(value) && isTextList(value.pageIds);
