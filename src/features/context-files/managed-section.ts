const BEGIN = '<!-- lockstep:begin -->';
const END = '<!-- lockstep:end -->';

/** A mark counts only if it is alone on its line. The first line may begin with a byte order mark. */
const marks = (mark: string): RegExp => new RegExp(`(?<=^(?:\\xef\\xbb\\xbf)?[ \\t]*)${mark}(?=[ \\t]*$)`, 'gm');

const UTF_16 = /^(?:\xff\xfe|\xfe\xff)/;

export type SectionResult =
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly bytes: Buffer }
  /** The file must not be changed. */
  | { readonly kind: 'damaged'; readonly why: string };

/**
 * Replaces the text between the two marks of a file, or appends both marks and the text. Everything else is kept byte
 * for byte, in any encoding.
 * @param file null if it does not exist yet
 * @param text lines with `\n`, converted to the file's line ends. It must not contain a mark alone on a line
 */
export function replaceSection(file: Buffer | null, text: string): SectionResult {
  // Latin-1 maps bytes to characters one to one, and the marks are ASCII.
  const before = file?.toString('latin1') ?? '';
  if (UTF_16.test(before)) return { kind: 'damaged', why: 'it is UTF-16: save it as UTF-8' };
  const lineEnd = /\r\n|\n|\r/.exec(before)?.[0] ?? '\n';
  const lines = Buffer.from(text.replaceAll('\n', lineEnd)).toString('latin1');
  const section = [BEGIN, lines, END].join(lineEnd);
  const [begins, ends] = [BEGIN, END].map((mark) => [...before.matchAll(marks(mark))].map(({ index }) => index));
  const [begin, end] = [begins?.[0], ends?.[0]];
  if (begin === undefined && end === undefined) return changed(before, appendSection(before, section, lineEnd));
  if (begin === undefined || end === undefined) {
    return {
      kind: 'damaged',
      why: `it has only ${begin === undefined ? END : BEGIN}: add the other mark, or remove it`,
    };
  }
  if (begins?.length !== 1 || ends?.length !== 1 || end < begin) {
    return { kind: 'damaged', why: `it must have exactly one ${BEGIN} and one ${END} after it` };
  }
  return changed(before, before.slice(0, begin) + section + before.slice(end + END.length));
}

function appendSection(before: string, section: string, lineEnd: string): string {
  if (before === '') return section + lineEnd;
  const gap = /[\r\n]$/.test(before) ? lineEnd : lineEnd + lineEnd;
  return before + gap + section + lineEnd;
}

const changed = (before: string, after: string): SectionResult =>
  before === after ? { kind: 'same' } : { kind: 'changed', bytes: Buffer.from(after, 'latin1') };
