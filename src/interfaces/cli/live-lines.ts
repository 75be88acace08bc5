import type { SyncOutcome, SyncProgress } from '../../cycle/messages.ts';
import { describeOutcome } from '../../cycle/summary.ts';
import { clearLine } from './terminal.ts';

/** Prints a line for each sync that ends and, on a terminal, a last line with the running syncs. */
export class LiveLines {
  readonly #printed = new Set<string>();

  show(progress: readonly SyncProgress[]): void {
    this.clear();
    for (const { outcome } of progress) if (outcome) this.#print(outcome);
    const running = progress.flatMap(({ name, state }) => (state === 'running' ? [name] : []));
    if (process.stderr.isTTY && running.length > 0) {
      process.stderr.write(`… ${running.join(', ')}`.slice(0, (process.stderr.columns ?? 80) - 1));
    }
  }

  /** Prints the outcomes that were not printed yet. */
  rest(outcomes: readonly SyncOutcome[]): void {
    this.clear();
    for (const outcome of outcomes) this.#print(outcome);
  }

  clear(): void {
    if (process.stderr.isTTY) clearLine();
  }

  #print(outcome: SyncOutcome): void {
    if (this.#printed.has(outcome.name)) return;
    this.#printed.add(outcome.name);
    console.log(lineOf(outcome));
  }
}

const marks = { ok: '✓', partial: '!', failed: '✗', skipped: '-' } as const;

/** `✓ tasks-notion-to-sql       3 created, 1 conflict` */
function lineOf(outcome: SyncOutcome): string {
  const description = describeOutcome(outcome);
  const text = description.slice(description.indexOf(': ') + 2);
  return `${marks[outcome.status]} ${outcome.name.padEnd(30)} ${text}`;
}
