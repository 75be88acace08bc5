import { createHash } from 'node:crypto';
import { toMarkdownLine } from '../managed-files/markdown-line.ts';

export interface NoteText {
  readonly title: string;
  readonly type: string | null;
  /** The day on which it was created, `2026-03-01`. */
  readonly day: string;
  readonly tags: readonly string[];
  /** `content` and `body` are Markdown. */
  readonly content: string | null;
  readonly body: string | null;
}

/** A note as a Markdown file. The text depends only on the note. */
export function renderNote({ title, type, day, tags, content, body }: NoteText): string {
  const facts = [...(type === null ? [] : [toMarkdownLine(type)]), day, ...tags.map(toMarkdownLine)].join(' · ');
  const texts = [content, body].flatMap((text) => (text === null || text.trim() === '' ? [] : [text.trim()]));
  return `${[`# ${toMarkdownLine(title)}`, facts, ...texts].join('\n\n')}\n`;
}

/** Hexadecimal. */
export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
