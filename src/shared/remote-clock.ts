/** A remote service's clock, as the `Date` headers of its answers tell it. */
export class RemoteClock {
  /** The time of the last answer, a lower bound of the current time; 1970 before the first. */
  answeredAt = new Date(0);
  #answeredMs = 0;

  /** @param header an answer's `Date` header; null if it has none */
  answered(header: string | null): void {
    const date = Date.parse(header ?? '');
    if (Number.isNaN(date)) return;
    this.answeredAt = new Date(date);
    this.#answeredMs = performance.now();
  }

  /** The clock runs on since the last answer; before the first, it is this machine's. */
  now(): Date {
    if (this.answeredAt.getTime() === 0) return new Date();
    return new Date(this.answeredAt.getTime() + performance.now() - this.#answeredMs);
  }
}
