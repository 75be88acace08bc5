/** A title and the year in parentheses after it, such as `Dune (2021)`. */
export interface TitleParts {
  readonly title: string;
  readonly year: number | null;
}

export function splitTitle(text: string): TitleParts {
  const [, title, year] = /^(.*\S)\s*\(((?:18|19|20|21)\d\d)\)\s*$/s.exec(text) ?? [];
  return title === undefined ? { title: text.trim(), year: null } : { title: title.trim(), year: Number(year) };
}

/** Equal for titles that differ only in case, accents, punctuation or a leading article. */
export function titleKey(title: string): string {
  const plain = title
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
  // A title without letters or digits is its own key.
  return plain.replace(/^(?:the|an?) (?=.)/, '') || title.trim();
}
