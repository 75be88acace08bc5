import { existsSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigurationError } from '../../../errors.ts';

/** Values by variable. */
export type EnvValues = Readonly<Record<string, string>>;

/** A `.env` as it is, to be added to. What is in it stays: every line, its order, its comments and its line ends. */
export class EnvFile {
  readonly #path: string;
  #text: string;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  /** One that is not there yet is empty. */
  static read(path: string): EnvFile {
    return new EnvFile(path, existsSync(path) ? readFileSync(path, 'utf8') : '');
  }

  /** The names of those variables that have another value here; an empty one is free to be filled. */
  taken(values: EnvValues): string[] {
    const present = parseEnv(this.#text);
    return Object.keys(values).filter((name) => present[name] && present[name] !== values[name]);
  }

  /**
   * Writes the values down, in place of those that the variables have, or at the end.
   * For its owner's eyes alone: there is a token in it.
   * @throws ConfigurationError for a value that no line can hold
   */
  write(values: EnvValues): void {
    for (const [name, value] of Object.entries(values)) this.#text = withValue(this.#text, name, value);
    const path = existsSync(this.#path) ? realpathSync(this.#path) : this.#path;
    const fresh = `${path}.new`;
    // The mode counts for a new file alone.
    rmSync(fresh, { force: true });
    writeFileSync(fresh, this.#text, { mode: 0o600 });
    renameSync(fresh, path);
  }
}

/** An assignment, from the start of its line: a quoted value may span several. */
const ASSIGNMENT = /^([ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*)('[^']*'|"[^"]*"|`[^`]*`|[^#\r\n]*)/gm;

function withValue(text: string, name: string, value: string): string {
  if (parseEnv(text)[name] === value) return text;
  const written = quoted(name, value);
  const last = [...text.matchAll(ASSIGNMENT)].findLast(([, , variable]) => variable === name);
  if (!last) return withLine(text, `${name}=${written}`);
  const [, before = '', , old = ''] = last;
  const start = last.index + before.length;
  // What stands between an unquoted value and a comment behind it stays, too.
  const end = start + old.trimEnd().length;
  return text.slice(0, start) + written + text.slice(end);
}

function withLine(text: string, line: string): string {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const complete = text === '' || text.endsWith('\n') ? text : text + lineEnd;
  return complete + line + lineEnd;
}

function quoted(name: string, value: string): string {
  const quote = /^[\w./:@%?&=+,~-]*$/.test(value) ? '' : ["'", '`', '"'].find((mark) => !value.includes(mark));
  if (quote === undefined || /[\r\n]/.test(value)) {
    throw new ConfigurationError(`${name} has a value that .env cannot hold: set it in the environment`);
  }
  return quote + value + quote;
}
