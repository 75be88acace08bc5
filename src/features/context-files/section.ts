const BEGIN = '<!-- lockstep:begin -->';
const END = '<!-- lockstep:end -->';

/** A mark counts where it stands alone on its line; before the first there may be a byte order mark. */
const marks = (mark: string): RegExp => new RegExp(`(?<=^(?:\\xef\\xbb\\xbf)?[ \\t]*)${mark}(?=[ \\t]*$)`, 'gm');

const UTF_16 = /^(?:\xff\xfe|\xfe\xff)/;

export type Managed =
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly bytes: Buffer }
  /** The file is to be left alone. */
  | { readonly kind: 'damaged'; readonly why: string };

/**
 * Puts text between the two marks of a file, or with marks of its own at the file's end. All else is kept byte for
 * byte, whatever its encoding.
 * @param file null: there is none yet
 * @param text lines with `\n`; the file's own line ends are used. It must not hold a mark alone on a line
 */
export function withSection(file: Buffer | null, text: string): Managed {
  // Latin-1 maps bytes to letters one to one, and the marks are ASCII.
  const before = file?.toString('latin1') ?? '';
  if (UTF_16.test(before)) return { kind: 'damaged', why: 'it is UTF-16: save it as UTF-8' };
  const lineEnd = /\r\n|\n|\r/.exec(before)?.[0] ?? '\n';
  const lines = Buffer.from(text.replaceAll('\n', lineEnd)).toString('latin1');
  const section = [BEGIN, lines, END].join(lineEnd);
  const [begins, ends] = [BEGIN, END].map((mark) => [...before.matchAll(marks(mark))].map(({ index }) => index));
  const [begin, end] = [begins?.[0], ends?.[0]];
  if (begin === undefined && end === undefined) return changed(before, withEnd(before, section, lineEnd));
  if (begin === undefined || end === undefined) {
    return { kind: 'damaged', why: `it has ${begin === undefined ? END : BEGIN} alone: add the other, or remove it` };
  }
  if (begins?.length !== 1 || ends?.length !== 1 || end < begin) {
    return { kind: 'damaged', why: `it needs one ${BEGIN} and one ${END} after it, and has others` };
  }
  return changed(before, before.slice(0, begin) + section + before.slice(end + END.length));
}

function withEnd(before: string, section: string, lineEnd: string): string {
  if (before === '') return section + lineEnd;
  const gap = /[\r\n]$/.test(before) ? lineEnd : lineEnd + lineEnd;
  return before + gap + section + lineEnd;
}

const changed = (before: string, after: string): Managed =>
  before === after ? { kind: 'same' } : { kind: 'changed', bytes: Buffer.from(after, 'latin1') };
