import { plain } from '../init/name-likeness.ts';

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
  plain(text.replace(/['’]/g, ''))
    .replace(/[^\p{ASCII}]/gu, (letter) => SPELLINGS[letter] ?? ' ')
    .trim()
    .replace(/ +/g, '_');

const upperFirst = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** `system_fixes` becomes `SystemFixes`. */
export const pascalCase = (snake: string): string => snake.split('_').map(upperFirst).join('');

/** `system_fixes` becomes `systemFixes`. */
export const camelCase = (snake: string): string => pascalCase(snake).replace(/^./, (letter) => letter.toLowerCase());

/** Plurals by toSingular; a word with the same toPlural is its own value. */
const IRREGULAR: ReadonlyMap<string, string> = new Map(
  Object.entries({
    person: 'people',
    child: 'children',
    man: 'men',
    woman: 'women',
    movie: 'movies',
    cookie: 'cookies',
    status: 'statuses',
    quiz: 'quizzes',
    news: 'news',
    series: 'series',
    media: 'media',
    data: 'data',
  }),
);
const SINGULARS: ReadonlyMap<string, string> = new Map([...IRREGULAR].map(([one, many]) => [many, one]));

const ofLastWord = (snake: string, change: (word: string) => string): string =>
  snake.replace(/[^_]+$/, (word) => change(word));

/** `system_fixes` becomes `system_fix`; unknown forms stay. */
export const toSingular = (snake: string): string => ofLastWord(snake, singularOf);

function singularOf(word: string): string {
  const irregular = SINGULARS.get(word);
  if (irregular !== undefined) return irregular;
  if (/.{2}ies$/.test(word)) return word.replace(/ies$/, 'y');
  if (/(ss|sh|ch|x)es$/.test(word)) return word.replace(/es$/, '');
  return /[^sui]s$/.test(word) ? word.slice(0, -1) : word;
}

/** `reading_list` becomes `reading_lists`. */
export const toPlural = (snake: string): string => ofLastWord(snake, pluralOf);

function pluralOf(word: string): string {
  if (SINGULARS.has(word) || singularOf(word) !== word) return word;
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  if (/[^aeiou]y$/.test(word)) return word.replace(/y$/, 'ies');
  return /(s|sh|ch|x)$/.test(word) ? `${word}es` : `${word}s`;
}
