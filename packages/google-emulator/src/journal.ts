import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

interface Entry {
  readonly table: string;
  readonly key: string;
  /** Null when the key was removed. */
  readonly value: unknown;
}

/**
 * Stores each change as a JSON line, which is appended before the request is
 * answered. The last line for a key is current. Without a file, nothing is stored.
 */
export class Journal {
  readonly #file: string | undefined;
  readonly #entries: readonly Entry[];

  constructor(file?: string) {
    this.#file = file;
    this.#entries = file ? compacted(file) : [];
  }

  /** The table as stored. Its changes are appended to the journal. */
  table<V>(name: string): Table<V> {
    const kept = this.#entries.filter((entry) => entry.table === name);
    // Only this class writes the lines, so the values have the table's type.
    const values = kept.map(({ key, value }): [string, V] => [key, value as V]);
    return new Table(values, (key, value) => this.#append({ table: name, key, value }));
  }

  #append(entry: Entry): void {
    if (this.#file) appendFileSync(this.#file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  }
}

export class Table<V> {
  readonly #values: Map<string, V>;
  readonly #record: (key: string, value: V | null) => void;

  constructor(values: Iterable<[string, V]>, record: (key: string, value: V | null) => void) {
    this.#values = new Map(values);
    this.#record = record;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    this.#record(key, value);
    this.#values.set(key, value);
  }

  delete(key: string): void {
    this.#record(key, null);
    this.#values.delete(key);
  }

  entries(): [string, V][] {
    return [...this.#values];
  }

  values(): V[] {
    return [...this.#values.values()];
  }
}

/** Reads the file and rewrites it without replaced lines and without an incomplete last line. */
function compacted(file: string): Entry[] {
  mkdirSync(dirname(file), { recursive: true });
  const latest = new Map<string, Entry>();
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const entry = parseLine(line);
    if (entry) latest.set(`${entry.table}\n${entry.key}`, entry);
  }
  const entries = [...latest.values()].filter(({ value }) => value !== null);
  const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`);
  writeFileSync(`${file}.new`, lines.join(''), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return entries;
}

function parseLine(line: string): Entry | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
