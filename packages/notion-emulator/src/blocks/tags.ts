import type { ApiColor } from '../notion-types.ts';
import { API_COLORS } from '../notion-types.ts';

/** An HTML-like tag of enhanced Markdown, e.g. `<span color="red">`, `</span>`, `<mention-user url="…"/>`. */
export interface Tag {
  readonly name: string;
  readonly kind: 'open' | 'close' | 'empty';
  readonly attributes: Readonly<Record<string, string>>;
}

const TAG = /^<(\/?)([a-z][\w-]*)((?:\s+[\w-]+="[^"]*")*)\s*(\/?)>/;

/** The tag at the start of the text, and the rest of the text; null when there is none. */
export function leadingTag(text: string): { tag: Tag; rest: string } | null {
  const [all, closing, name, attributes, empty] = TAG.exec(text) ?? [];
  if (all === undefined || name === undefined) return null;
  const kind = closing ? 'close' : empty ? 'empty' : 'open';
  return { tag: { name, kind, attributes: attributesIn(attributes ?? '') }, rest: text.slice(all.length) };
}

/** The attributes in e.g. `icon="💡" color="red"`. */
export const attributesIn = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));

/** `key="value"` for each attribute that is set. */
export const attributeWords = (attributes: Readonly<Record<string, string | null>>): string =>
  Object.entries(attributes)
    .flatMap(([key, value]) => (value === null ? [] : [`${key}="${value.replaceAll('"', '%22')}"`]))
    .join(' ');

/** The color in Markdown, where `red_background` is `red_bg`; null for the default. */
export const colorWord = (color: ApiColor): string | null =>
  color === 'default' ? null : color.replace(/_background$/, '_bg');

export function colorOf(word: string | undefined): ApiColor {
  const name = word?.replace(/_bg$/, '_background');
  return API_COLORS.find((color) => color === name) ?? 'default';
}
