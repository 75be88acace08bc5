import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Body, Database, DataSource, Page, User } from './model.ts';

export type Put =
  | { readonly table: 'user'; readonly row: User }
  | { readonly table: 'database'; readonly row: Database }
  | { readonly table: 'data_source'; readonly row: DataSource }
  | { readonly table: 'page'; readonly row: Page }
  | { readonly table: 'body'; readonly row: Body };

/** What changed at once: all of it is kept, or none. */
export interface Commit {
  readonly at: number;
  readonly puts: readonly Put[];
}

/**
 * An append-only file of one commit a line. A line is handed to the operating
 * system before the request is answered, so `kill -9` loses nothing; a line
 * that was being written when the process died is dropped at the next start.
 */
export class Journal {
  readonly #file: string;
  #descriptor: number | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws Error when a line other than the last is damaged */
  read(): Commit[] {
    if (!existsSync(this.#file)) return [];
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    // What follows the last line break was never finished.
    lines.pop();
    return lines.map((line, index) => {
      try {
        return JSON.parse(line) as Commit; // the file's only writer is `append`
      } catch (cause) {
        throw new Error(
          `${this.#file}: line ${index + 1} is damaged; move the file away to start with an empty workspace`,
          { cause },
        );
      }
    });
  }

  /** Puts the commits in the place of all that was there, and opens the file for more. */
  rewrite(commits: Iterable<Commit>): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const fresh = `${this.#file}.new`;
    const descriptor = openSync(fresh, 'w', 0o600);
    for (const commit of commits) writeLine(descriptor, commit);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(fresh, this.#file);
    this.#descriptor = openSync(this.#file, 'a');
  }

  append(commit: Commit): void {
    if (this.#descriptor === null) throw new Error(`${this.#file} is not open for writing`);
    writeLine(this.#descriptor, commit);
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

function writeLine(descriptor: number, commit: Commit): void {
  const line = Buffer.from(`${JSON.stringify(commit)}\n`);
  // A write may take less than it is given.
  for (let written = 0; written < line.length; ) written += writeSync(descriptor, line, written);
}
