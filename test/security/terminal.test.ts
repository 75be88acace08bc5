import { expect, test } from 'vitest';
import { toPrintable } from '../../src/interfaces/cli/terminal.ts';

const ATTACKS = {
  'clears the screen': '\x1b[2J\x1b[H',
  'moves up and overwrites': 'a\x1b[1A\x1b[2Kok',
  'sets the title of the window': '\x1b]0;owned\x07',
  'writes the clipboard (OSC 52)': '\x1b]52;c;b3duZWQ=\x07',
  'a link to elsewhere (OSC 8)': '\x1b]8;;https://evil.example\x1b\\safe\x1b]8;;\x1b\\',
  'asks the terminal for an answer': '\x1b[6n\x1b[c\x05',
  'device control string': '\x1bP+q544e\x1b\\',
  'one-byte controls (C1)': '\x9b2J\x9d0;x\x9c',
  'returns to the beginning of the line': 'failed\rok    ',
  'backspaces over the text': 'rm\b\bok',
  'changes the character set': '\x0e\x0f',
  'text from right to left': '\u202egpj.exe',
  isolates: '\u2066x\u2069\u2067y\u2069',
  embeddings: '\u202ax\u202c\u202bx\u202c\u202dx\u202c',
  'NUL and DEL': 'a\0b\x7f',
};

test.each(Object.entries(ATTACKS))('a title that %s is printed harmlessly', (_, text) => {
  expect(toPrintable(text)).not.toMatch(/[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/u);
  expect(toPrintable(text)).toContain('\uFFFD');
});

test('words in any language, tabs and line breaks stay', () => {
  const text = 'Grüße, שלום, مرحبا, 日本, 👩‍🚀\tx\ny';
  expect(toPrintable(text)).toBe(text);
});
