/** A title, and the year that its writer put behind it: «Dune (2021)». */
export interface TitleParts {
  readonly title: string;
  readonly year: number | null;
}

export function titleParts(text: string): TitleParts {
  const [, title, year] = /^(.*\S)\s*\(((?:18|19|20|21)\d\d)\)\s*$/s.exec(text) ?? [];
  return title === undefined ? { title: text.trim(), year: null } : { title: title.trim(), year: Number(year) };
}

/** Equal for two titles that people take for the same: without case, accents, punctuation, and a leading article. */
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
  // A title of signs alone is those signs.
  return plain.replace(/^(?:the|an?) (?=.)/, '') || title.trim();
}
