/** Safe markup: only `html` creates it, and `html` escapes its values. */
class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Html = Markup;

/** A value of a template; only `Html` is not escaped. */
export type Piece = Html | string | number | bigint | null | undefined | false | readonly Piece[];

/**
 * A template whose values are escaped, in text and in quoted attributes alike.
 *
 *     html`<a href="${path}">${title}</a>`
 */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html =>
  new Markup(strings.map((text, at) => text + rendered(pieces[at])).join(''));

function rendered(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return '';
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'object') return piece.map(rendered).join('');
  return clip(String(piece)).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** A page shows the beginning of a long value: all of it may have many megabytes. */
const MAX_VALUE_LENGTH = 5_000;

const clip = (text: string): string =>
  text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}… (${text.length} characters)` : text;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
