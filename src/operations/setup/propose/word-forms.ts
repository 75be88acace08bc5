import { plainName } from '../../../shared/plain-name.ts';

/** Latin letters that Unicode does not decompose into a letter and an accent. */
const SPELLINGS: Readonly<Record<string, string>> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** `📚 Étagère n° 2` becomes `etagere_n_2`; '' if there is no Latin letter or digit. */
export const snakeCase = (text: string): string =>
  plainName(text.replace(/['’]/g, ''))
    .replace(/[^\p{ASCII}]/gu, (letter) => SPELLINGS[letter] ?? ' ')
    .trim()
    .replace(/ +/g, '_');

/** Words whose plural does not follow the rules. */
const SINGULARS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    people: 'person',
    children: 'child',
    men: 'man',
    movies: 'movie',
    cookies: 'cookie',
    statuses: 'status',
    quizzes: 'quiz',
    news: 'news',
    series: 'series',
  }),
);

/** `system_fixes` becomes `system_fix`; unknown forms stay. */
export const toSingular = (snake: string): string => snake.replace(/[^_]+$/, singularOf);

function singularOf(word: string): string {
  const irregular = SINGULARS.get(word);
  if (irregular !== undefined) return irregular;
  if (/.{2}ies$/.test(word)) return word.replace(/ies$/, 'y');
  if (/(ss|sh|ch|x)es$/.test(word)) return word.replace(/es$/, '');
  return /[^sui]s$/.test(word) ? word.slice(0, -1) : word;
}
