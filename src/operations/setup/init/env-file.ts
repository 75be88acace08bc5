import { existsSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { ConfigurationError } from '../../../errors.ts';

/** Values by variable. */
export type EnvValues = Readonly<Record<string, string>>;

/** A `.env` file to add values to. Its other lines, their order, comments and line ends stay. */
export class EnvFile {
  readonly #path: string;
  #text: string;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  /** A missing file is empty. */
  static read(path: string): EnvFile {
    return new EnvFile(path, existsSync(path) ? readFileSync(path, 'utf8') : '');
  }

  /** The variables that have another value in the file; empty ones do not count. */
  conflictsWith(values: EnvValues): string[] {
    const present = parse(this.#text);
    return Object.keys(values).filter((name) => present[name] && present[name] !== values[name]);
  }

  /**
   * Writes the values, replacing those of the same variables or at the end.
   * Only its owner can read the file, because it contains a token.
   * @throws ConfigurationError for a value that the format cannot represent
   */
  write(values: EnvValues): void {
    for (const [name, value] of Object.entries(values)) this.#text = withValue(this.#text, name, value);
    const path = existsSync(this.#path) ? realpathSync(this.#path) : this.#path;
    const temporary = `${path}.new`;
    // The mode applies only to a new file.
    rmSync(temporary, { force: true });
    writeFileSync(temporary, this.#text, { mode: 0o600 });
    renameSync(temporary, path);
  }
}

/** An assignment from the start of its line; a quoted value may span several lines. */
const ASSIGNMENT = /^([ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*)('[^']*'|"[^"]*"|`[^`]*`|[^#\r\n]*)/gm;

function withValue(text: string, name: string, value: string): string {
  if (parse(text)[name] === value) return text;
  const written = quoted(name, value);
  const last = [...text.matchAll(ASSIGNMENT)].findLast(([, , variable]) => variable === name);
  if (!last) return withLine(text, `${name}=${written}`);
  const [, before = '', , old = ''] = last;
  const start = last.index + before.length;
  // Keeps the space between an unquoted value and a comment after it.
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
  // A backslash before a closing quote is an escape only where another quote follows, as far below as it may be.
  if (quote === undefined || /[\r\n]|\\$/.test(value)) {
    throw new ConfigurationError(`${name} has a value that .env cannot represent: set it in the environment`);
  }
  return quote + value + quote;
}
