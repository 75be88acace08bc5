import { createHash } from 'node:crypto';
import { inline } from '../context-files/render.ts';

export interface NoteText {
  readonly title: string;
  readonly type: string | null;
  /** The day on which it was made, `2026-03-01`. */
  readonly day: string;
  readonly tags: readonly string[];
  /** Both are Markdown already. */
  readonly content: string | null;
  readonly body: string | null;
}

/** A note as a Markdown file. Equal notes give equal text, at whatever time. */
export function renderNote({ title, type, day, tags, content, body }: NoteText): string {
  const facts = [...(type === null ? [] : [inline(type)]), day, ...tags.map(inline)].join(' · ');
  const texts = [content, body].flatMap((text) => (text === null || text.trim() === '' ? [] : [text.trim()]));
  return `${[`# ${inline(title)}`, facts, ...texts].join('\n\n')}\n`;
}

/** In hexadecimal. */
export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
