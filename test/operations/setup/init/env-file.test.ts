import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EnvFile } from '../../../../src/operations/setup/init/env-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-env-'));
  path = join(folder, '.env');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const text = (): string => readFileSync(path, 'utf8');

/** Node parses a comment as a variable if it ends the file without a line end. */
const valuesIn = (file: string) => parse(`${file}\n`);

/** The text of a file after values are written to it. */
function written(before: string, values: Record<string, string>): string {
  writeFileSync(path, before);
  EnvFile.read(path).write(values);
  return text();
}

describe('.env', () => {
  it('is created readable only by its owner', () => {
    EnvFile.read(path).write({ NOTION_TOKEN: 'ntn_1', DATABASE_URL: 'postgresql://a@127.0.0.1:5432/b?c=d' });
    expect(text()).toBe('NOTION_TOKEN=ntn_1\nDATABASE_URL=postgresql://a@127.0.0.1:5432/b?c=d\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('that others could read becomes readable only by its owner', () => {
    writeFileSync(path, 'A=1\n');
    chmodSync(path, 0o644);
    EnvFile.read(path).write({ B: '2' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('keeps every line, the order and the comments, and fills empty values in place', () => {
    const before =
      "# Notion: it's mine\nNOTION_TOKEN=\n\n  export A = \"x # y\" # why\n#DATABASE_URL=postgresql://old\nB='1'";
    expect(written(before, { NOTION_TOKEN: 'ntn_1', DATABASE_URL: 'postgresql://new' })).toBe(
      "# Notion: it's mine\nNOTION_TOKEN=ntn_1\n\n  export A = \"x # y\" # why\n#DATABASE_URL=postgresql://old\nB='1'\nDATABASE_URL=postgresql://new\n",
    );
  });

  it('replaces only the value, quoted or not, and the last of two, which counts', () => {
    expect(written('A=old # why\nB=2\n', { A: 'new' })).toBe('A=new # why\nB=2\n');
    expect(written('A="old\nB=no"\nB=2\n', { B: '3', A: 'new' })).toBe('A=new\nB=3\n');
    expect(written('A=1\nA=2\n', { A: '3' })).toBe('A=1\nA=3\n');
  });

  it('keeps Windows line ends', () => {
    expect(written('A=1\r\nB=\r\nC=3', { B: '2', D: '4' })).toBe('A=1\r\nB=2\r\nC=3\r\nD=4\r\n');
  });

  it('lists the variables with another value', () => {
    writeFileSync(path, 'A=1\nB=\nC="3"\n#D=4\n');
    expect(EnvFile.read(path).conflictsWith({ A: '2', B: '2', C: '3', D: '5', E: '6' })).toEqual(['A']);
  });

  it('is written through a symbolic link', () => {
    writeFileSync(join(folder, 'real'), 'A=1\n');
    symlinkSync(join(folder, 'real'), path);
    EnvFile.read(path).write({ B: '2' });
    expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('A=1\nB=2\n');
  });

  it('refuses a value that the format cannot represent', () => {
    expect(() => EnvFile.read(path).write({ A: 'a\nb' })).toThrow(/^A has a value that \.env cannot represent/);
  });

  it('reads back what was written, and keeps the other variables', () => {
    const name = fc.constantFrom('A', 'B', 'C', 'NOTION_TOKEN');
    const value = fc.string({ unit: fc.constantFrom('a', ' ', '#', '=', "'", '"', '\\', '$', '/', 'é') });
    const line = fc.oneof(
      fc
        .tuple(name, fc.constantFrom('', 'x', "'a b'", '"c # d"', '"e\nA=f"', '`g`', 'h # i'))
        .map(([n, v]) => `${n}=${v}`),
      fc.constantFrom('', "# it's", '#A=1', 'export B=2', '  C = 3 ', 'D= ', 'export E='),
    );
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), name, value, (lines, lineEnd, variable, wanted) => {
        fc.pre(!["'", '"', '`'].every((quote) => wanted.includes(quote)) && !wanted.endsWith('\\'));
        const before = lines.join(lineEnd);
        const after = written(before, { [variable]: wanted });
        expect(valuesIn(after)).toEqual({ ...valuesIn(before), [variable]: wanted });
      }),
      { numRuns: 2_000 },
    );
  });
});
