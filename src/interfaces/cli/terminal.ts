/**
 * Titles and messages come from other people. In a terminal, control characters could move the cursor, rewrite what was
 * printed or set its title, and bidirectional overrides could show a text in another order.
 */
const UNSAFE = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/gu;

const write = process.stderr.write.bind(process.stderr);

/** The text with the replacement character for everything that a terminal would obey. Tabs and line breaks stay. */
export const toPrintable = (text: string): string => text.replace(UNSAFE, '\uFFFD');

/** From now on, `console.log` and standard error print no control characters. */
export function protectTerminal(): void {
  const log = console.log.bind(console);
  console.log = (...parts: unknown[]): void =>
    log(...parts.map((part) => (typeof part === 'string' ? toPrintable(part) : part)));
  process.stderr.write = (text: string | Uint8Array): boolean =>
    write(typeof text === 'string' ? toPrintable(text) : text);
}

/** Clears the line that progress was shown on. */
export const clearLine = (): boolean => write('\r\x1b[K');
