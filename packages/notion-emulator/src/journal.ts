import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Body, Comment, Database, DataSource, FileUpload, Page, User, View } from './model.ts';

export type Put =
  | { readonly table: 'user'; readonly row: User }
  | { readonly table: 'database'; readonly row: Database }
  | { readonly table: 'data_source'; readonly row: DataSource }
  | { readonly table: 'page'; readonly row: Page }
  | { readonly table: 'body'; readonly row: Body }
  | { readonly table: 'comment'; readonly row: Comment }
  | { readonly table: 'view'; readonly row: View }
  | { readonly table: 'upload'; readonly row: FileUpload };

/** Changes that are stored together or not at all. */
export interface Commit {
  readonly at: number;
  readonly puts: readonly Put[];
}

/**
 * An append-only file with one commit per line. A line is written to the operating
 * system before the request is answered, so `kill -9` loses nothing. A line
 * that is incomplete because the process died is dropped at the next start.
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
    // The text after the last line break is an incomplete line.
    lines.pop();
    return lines.map((line, index) => {
      try {
        return JSON.parse(line) as Commit; // only this class writes the file
      } catch (cause) {
        throw new Error(
          `${this.#file}: line ${index + 1} is damaged; move the file away to start with an empty workspace`,
          { cause },
        );
      }
    });
  }

  /** Replaces the file's content with these commits and opens the file for appending. */
  rewrite(commits: Iterable<Commit>): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const fresh = `${this.#file}.new`;
    const descriptor = openSync(fresh, 'w', 0o600);
    for (const commit of commits) writeLine(descriptor, commit);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(fresh, this.#file);
    this.#descriptor = openSync(this.#file, 'a', 0o600);
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
  // A write can be partial.
  for (let written = 0; written < line.length; ) written += writeSync(descriptor, line, written);
}
