import type { RequestKind } from './router.ts';

export interface Counts {
  readonly total: number;
  readonly byKind: Readonly<Partial<Record<RequestKind, number>>>;
  /** Requests that changed the workspace, whatever their answer. */
  readonly writes: number;
  /** Answers by status; `0` for requests without an answer. */
  readonly byStatus: Readonly<Record<string, number>>;
}

/** Counts requests to Notion's API, not to the control API. */
export class Counters {
  #total = 0;
  #writes = 0;
  #byKind = new Map<RequestKind, number>();
  #byStatus = new Map<string, number>();

  request(kind: RequestKind): void {
    this.#total += 1;
    this.#byKind.set(kind, (this.#byKind.get(kind) ?? 0) + 1);
  }

  write(): void {
    this.#writes += 1;
  }

  answer(status: number): void {
    this.#byStatus.set(String(status), (this.#byStatus.get(String(status)) ?? 0) + 1);
  }

  read(): Counts {
    return {
      total: this.#total,
      byKind: Object.fromEntries(this.#byKind),
      writes: this.#writes,
      byStatus: Object.fromEntries(this.#byStatus),
    };
  }

  reset(): void {
    this.#total = 0;
    this.#writes = 0;
    this.#byKind.clear();
    this.#byStatus.clear();
  }
}
