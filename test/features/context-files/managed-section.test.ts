import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replaceSection } from '../../../src/features/context-files/managed-section.ts';

const BEGIN = '<!-- lockstep:begin -->';
const END = '<!-- lockstep:end -->';
const bytes = (text: string): Buffer => Buffer.from(text);
const changedBy = (file: Buffer | null, text: string): string => {
  const managed = replaceSection(file, text);
  if (managed.kind !== 'changed') throw new Error(managed.kind);
  return managed.bytes.toString();
};

describe('a managed section', () => {
  it('is the only content of a new file', () => {
    expect(changedBy(null, 'a\nb')).toBe(`${BEGIN}\na\nb\n${END}\n`);
  });

  it('is appended to a file without marks', () => {
    expect(changedBy(bytes('mine'), 'a')).toBe(`mine\n\n${BEGIN}\na\n${END}\n`);
    expect(changedBy(bytes('mine\n'), 'a')).toBe(`mine\n\n${BEGIN}\na\n${END}\n`);
  });

  it('is replaced in place, with the line ends of the file', () => {
    const file = `\uFEFFmine\r\n  ${BEGIN}  \r\nold\r\n${END}\r\nmine, too`;
    expect(changedBy(bytes(file), 'a\nb')).toBe(`\uFEFFmine\r\n  ${BEGIN}\r\na\r\nb\r\n${END}\r\nmine, too`);
  });

  it('is found on the first line, after a byte order mark', () => {
    expect(changedBy(bytes(`\uFEFF${BEGIN}\n${END}`), 'a')).toBe(`\uFEFF${BEGIN}\na\n${END}`);
  });

  it('is found only by marks that are alone on their line', () => {
    const file = `see \`${BEGIN}\` and ${END} here\n`;
    expect(changedBy(bytes(file), 'a')).toBe(`${file}\n${BEGIN}\na\n${END}\n`);
  });

  it.each([
    ['no end', `a\n${BEGIN}\nb`],
    ['no beginning', `a\n${END}\nb`],
    ['the wrong order', `${END}\n${BEGIN}\n`],
    ['two beginnings', `${BEGIN}\n${BEGIN}\n${END}\n`],
    ['two sections', `${BEGIN}\n${END}\n${BEGIN}\n${END}\n`],
    ['a section in another', `${BEGIN}\n${BEGIN}\n${END}\n${END}\n`],
  ])('does not change a file with damaged marks: %s', (_, file) => {
    expect(replaceSection(bytes(file), 'x')).toMatchObject({ kind: 'damaged' });
  });

  it('does not change UTF-16', () => {
    expect(replaceSection(Buffer.from('\uFEFFmine', 'utf16le'), 'x')).toMatchObject({ kind: 'damaged' });
  });

  const mine = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((some) => Buffer.from(some)),
    fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text)),
    fc
      .array(fc.constantFrom('\r\n', '\n', ' ', '\t', 'ä', '<!-- lockstep:', '-->', 'begin', '\u2028', '# x'))
      .map((parts) => Buffer.from(parts.join(''))),
  );
  const section = fc.array(fc.constantFrom('# Garden', '- [ ] A task', '', 'ä', '$&', "$'")).map((s) => s.join('\n'));

  it('keeps what a person wrote around it, byte for byte, and does not change the second time', () => {
    fc.assert(
      fc.property(mine, mine, section, section, (above, below, first, second) => {
        const whole = Buffer.concat([above, bytes(`\n${BEGIN}\n${first}\n${END}\n`), below]);
        const managed = replaceSection(whole, second);
        if (managed.kind === 'damaged') return;
        const text = managed.kind === 'same' ? whole : managed.bytes;
        expect(text.subarray(0, above.length).equals(above)).toBe(true);
        expect(text.subarray(text.length - below.length).equals(below)).toBe(true);
        expect(replaceSection(text, second)).toEqual({ kind: 'same' });
      }),
      { numRuns: 2_000 },
    );
  });

  it("is appended to a person's text once", () => {
    fc.assert(
      fc.property(mine, section, (file, text) => {
        const managed = replaceSection(file, text);
        if (managed.kind === 'damaged') return;
        if (managed.kind === 'same') throw new Error('it had no section');
        expect(managed.bytes.subarray(0, file.length).equals(file)).toBe(true);
        expect(replaceSection(managed.bytes, text)).toEqual({ kind: 'same' });
      }),
      { numRuns: 2_000 },
    );
  });
});
