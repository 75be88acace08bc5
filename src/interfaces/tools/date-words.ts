/**
 * Dates in German, Spanish, French, Italian, Portuguese and Dutch, as English that chrono parses. Only whole phrases
 * are translated, never an abbreviation: "so", "mar" and "do" are words of other languages, too.
 */

/** A text in which foreign dates are English, with the place of each character in the original. */
export interface Translated {
  readonly text: string;
  /** The range of the original that a range of the translation stands for. */
  readonly toOriginal: (start: number, end: number) => { readonly start: number; readonly end: number };
}

interface Rule {
  readonly pattern: RegExp;
  readonly english: (parts: readonly string[]) => string | null;
}

const MONTHS = [
  'January|januar|jänner|enero|janvier|gennaio|janeiro|januari',
  'February|februar|febrero|février|fevrier|febbraio|fevereiro|februari',
  'March|märz|marzo|mars|março|marco|maart',
  'April|april|abril|avril|aprile',
  'May|mai|mayo|maggio|maio|mei',
  'June|juni|junio|juin|giugno|junho',
  'July|juli|julio|juillet|luglio|julho',
  'August|august|agosto|août|aout|augustus',
  'September|september|septiembre|septembre|settembre|setembro',
  'October|oktober|octubre|octobre|ottobre|outubro',
  'November|november|noviembre|novembre|novembro',
  'December|dezember|diciembre|décembre|decembre|dicembre|dezembro|december',
].map((names) => names.split('|'));

const DAYS = [
  'Monday|montag|lunes|lundi|lunedì|lunedi|segunda-feira|segunda feira|maandag',
  'Tuesday|dienstag|martes|mardi|martedì|martedi|terça-feira|terca-feira|terça feira|dinsdag',
  'Wednesday|mittwoch|miércoles|miercoles|mercredi|mercoledì|mercoledi|quarta-feira|quarta feira|woensdag',
  'Thursday|donnerstag|jueves|jeudi|giovedì|giovedi|quinta-feira|quinta feira|donderdag',
  'Friday|freitag|viernes|vendredi|venerdì|venerdi|sexta-feira|sexta feira|vrijdag',
  'Saturday|samstag|sonnabend|sábado|sabado|samedi|sabato|zaterdag',
  'Sunday|sonntag|domingo|dimanche|domenica|zondag',
].map((names) => names.split('|'));

const UNITS = [
  'minutes|minuten?|minutos?|minutes?|minuti|minuto|minuut',
  'hours|stunden?|horas?|heures?|ore|ora|uur|uren',
  'days|tage?n?|días?|dias?|jours?|giorni|giorno|dagen|dag',
  'weeks|wochen?|semanas?|semaines?|settimane|settimana|weken|week',
  'months|monate?n?|mes|meses|mois|mesi|mese|mês|maanden|maand',
].map((names) => names.split('|'));

/** The English name of a foreign one. */
const nameIn = (table: readonly (readonly string[])[], name: string): string | null =>
  table.find((names) => names.slice(1).some((other) => new RegExp(`^(?:${other})$`, 'iu').test(name)))?.[0] ?? null;

const all = (table: readonly (readonly string[])[]): string => table.flatMap((names) => names.slice(1)).join('|');

const NUMBERS: Readonly<Record<string, string>> = {
  ein: '1',
  einem: '1',
  einer: '1',
  eine: '1',
  un: '1',
  una: '1',
  une: '1',
  um: '1',
  uma: '1',
  een: '1',
  uno: '1',
  zwei: '2',
  dos: '2',
  deux: '2',
  due: '2',
  dois: '2',
  duas: '2',
  twee: '2',
  drei: '3',
  tres: '3',
  trois: '3',
  tre: '3',
  três: '3',
  drie: '3',
};
const NUMBER = `\\d{1,3}|${Object.keys(NUMBERS).join('|')}`;
const toNumber = (word: string): string => NUMBERS[word.toLowerCase()] ?? word;

/** Words before a day, which belong to the date. */
const BEFORE =
  '(?:(?:am|bis(?: zum)?|vor|ab|zum|el|para(?: el)?|antes del?|le|pour(?: le)?|avant(?: le)?|entro(?: il)?|il|per(?: il)?|até|no|na|para o|op|voor|tegen|on|by|due|until|before) )?';
const NEXT =
  'nächsten?|naechsten?|kommenden?|próximo|proximo|próxima|proxima|prossimo|prossima|volgende|komende|aankomende';
const THIS = 'diesen|este|esta|ce|questo|questa|deze';
const TIME = '([01]?\\d|2[0-3])(?:(?::|\\.|h)([0-5]\\d))?';

const isDay = (day: string): boolean => Number(day) >= 1 && Number(day) <= 31;
const at = (hours: string, minutes = '00', afternoon = ''): string =>
  `at ${Number(hours) < 12 && afternoon !== '' ? Number(hours) + 12 : hours}:${minutes || '00'}`;
const weekday =
  (prefix: string) =>
  ([, name = '']: readonly string[]) => {
    const day = nameIn(DAYS, name);
    return day && `${prefix}${day}`;
  };
const byNumber = (day: string, month: string, year = ''): string | null => {
  const name = MONTHS[Number(month) - 1]?.[0];
  return name !== undefined && isDay(day) ? `${day} ${name}${year === '' ? '' : ` ${year}`}` : null;
};

const RULES: readonly Rule[] = [
  rule("(?:heute|hoy|aujourd['’]hui|oggi|hoje|vandaag)", () => 'today'),
  rule(
    '(?:übermorgen|uebermorgen|pasado mañana|après-demain|apres-demain|dopodomani|depois de amanhã|overmorgen)',
    () => 'the day after tomorrow',
  ),
  rule(
    '(?:morgen früh|mañana por la mañana|demain matin|domani mattina|amanhã de manhã|morgenochtend)',
    () => 'tomorrow',
  ),
  rule('(?:por la|de la|da|di|de) (?:mañana|manhã|mattina)', () => null),
  rule(`${BEFORE}(?:morgen|mañana|demain|domani|amanhã)`, () => 'tomorrow'),
  rule(
    '(?:nächste|naechste|kommende) woche|la próxima semana|la semaine prochaine|la prossima settimana|a próxima semana|na próxima semana|volgende week',
    () => 'next week',
  ),
  rule(`${BEFORE}(?:${NEXT}) (${all(DAYS)}|segunda|terça|quarta|quinta|sexta)`, ([, name = '']) => {
    const day = nameIn(DAYS, name) ?? nameIn(DAYS, `${name}-feira`);
    return day && `next ${day}`;
  }),
  rule(`${BEFORE}(${all(DAYS)}) (?:prochaine?|prossim[oa]|que viene|próxim[oa]|que vem)`, weekday('next ')),
  rule(`(?:${THIS}) (${all(DAYS)})`, weekday('this ')),
  rule(`${BEFORE}(${all(DAYS)})`, weekday('')),
  rule('na (segunda|terça|quarta|quinta|sexta)', ([, name = '']) => nameIn(DAYS, `${name}-feira`)),
  rule(
    `${BEFORE}(\\d{1,2})(?:\\.|er|º|°)? (?:de )?(${all(MONTHS)})(?: (?:de )?(\\d{4}))?`,
    ([, day = '', name = '', year = '']) => {
      const month = nameIn(MONTHS, name);
      return month && isDay(day) ? `${day} ${month}${year === '' ? '' : ` ${year}`}` : null;
    },
  ),
  rule(`${BEFORE}(\\d{1,2})\\.\\s?(\\d{1,2})\\.\\s?(\\d{4})`, ([, day = '', month = '', year = '']) =>
    byNumber(day, month, year),
  ),
  // Without a year, a day and a month need a time or a word that says so: "version 2.3" is no date.
  rule(
    `${BEFORE}(\\d{1,2})\\.\\s?(\\d{1,2})\\.?,? (?:um |at |a las |à |alle |às |om |@ ?)?([01]?\\d|2[0-3])[:.h]([0-5]\\d)(?: uhr)?`,
    ([, day = '', month = '', hours = '', minutes = '']) => {
      const date = byNumber(day, month);
      return date && `${date} ${at(hours, minutes)}`;
    },
  ),
  rule('(?:am|bis(?: zum)?|vor|on|by|due|until) (\\d{1,2})\\.(\\d{1,2})\\.?', ([, day = '', month = '']) =>
    byNumber(day, month),
  ),
  rule(
    `(?:in|en|dentro de|dans|tra|fra|em|daqui a|over|binnen) (${NUMBER}) (${all(UNITS)})`,
    ([, count = '', name = '']) => {
      const unit = nameIn(UNITS, name);
      return unit && `in ${toNumber(count)} ${unit}`;
    },
  ),
  rule(`(?:um|om) ([01]?\\d|2[0-3])(?:[:.]([0-5]\\d)(?: (?:uhr|uur))?| (?:uhr|uur))`, ([, hours = '', minutes]) =>
    at(hours, minutes),
  ),
  // "um" and "om" are words of their own: a bare hour follows a day, or ends the text.
  rule(
    `(?<=\\p{L}(?:orgen|eute|aag|ag|oche|ber|ar|rz|ril|ai|ni|li|ust) )(?:um|om) ([01]?\\d|2[0-3])|(?:um|om) ([01]?\\d|2[0-3])(?=\\W*$)`,
    ([, first, last = '']) => at(first ?? last),
  ),
  rule(`([01]?\\d|2[0-3]) uhr(?: ([0-5]\\d))?`, ([, hours = '', minutes]) => at(hours, minutes)),
  rule(`([01]?\\d|2[0-3])[.:]([0-5]\\d) (?:uhr|uur)`, ([, hours = '', minutes]) => at(hours, minutes)),
  rule(
    `(?:a las?|alle(?: ore)?|às) ${TIME}(?: ?h(?:oras)?)?(?: (de la tarde|de la noche|da tarde|da noite|di sera|del pomeriggio)| (?:de la mañana|da manhã|di mattina))?`,
    ([, hours = '', minutes, afternoon]) => at(hours, minutes, afternoon),
  ),
  rule(`à ([01]?\\d|2[0-3])(?: ?h(?:eures?)? ?([0-5]\\d)?|(?=\\W*$))`, ([, hours = '', minutes]) => at(hours, minutes)),
  rule(`([01]?\\d|2[0-3])h([0-5]\\d)`, ([, hours = '', minutes]) => at(hours, minutes)),
];

function rule(source: string, english: Rule['english']): Rule {
  return { pattern: new RegExp(`(?:${source})(?![\\p{L}\\p{N}])`, 'iuy'), english };
}

/** Names and sayings with words of time in them, and what only looks like a date: hidden from the search. */
const NO_DATES = [
  /(?<=^|[\s([{,;:])(["“„«‟'‘`])(?:(?!\1|["”“»’`])[^\n]){1,200}["”“»'’`](?=$|[\s)\]},;:.!?])/gu,
  /(?<![\p{L}\p{N}])(?:\+|00)?\(?\d{2,4}\)?(?:[ ./-]\d{2,4}){2,5}(?![\p{L}\p{N}/.-])/gu,
  /(?<![\p{L}\p{N}])(?:\+|00)\d[\d ]{6,}\d/gu,
  /(?<![\d/])(?<!\b(?:on|by|due|until|am|le|el|il|em) )(?:1\/[2-9]|2\/3|3\/4)(?= (?:of|cups?|tea|table|tsp|tbsp|l|litres?|liters?|kg|lb|pounds?|an?|the|inch|hours?|tasse|taza|dozen|price|off|time)\b)/giu,
  /\b24\/7\b/g,
  /\b(?:version|v|release|chapter|section|part|figure|page|kapitel|chapitre|capítulo|capitolo|hoofdstuk)[ .]?\d+(?:\.\d+)*/giu,
  /\bfriday the 13th\b|\b9\/11\b(?= (?:report|commission|memorial|attacks?)\b)|\b(?:black|good|freaky) friday\b|\bcyber monday\b|\bmonday\.com\b|\bsaturday night live\b|\bsunday times\b|\bthe day after tomorrow(?= \(?(?:film|movie|19|20))|\bguten morgen\b|\b(?:good|buon) morgen\b/giu,
];
const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The text with everything that only looks like a date replaced by characters that mean nothing. */
function hidden(text: string): string {
  return NO_DATES.reduce(
    (shown, pattern) =>
      shown.replace(pattern, (found) =>
        ISO_DAY.test(found.trim()) || isWrittenDate(found) ? found : '_'.repeat(found.length),
      ),
    text,
  );
}

/** Three groups of digits that are a day, a month and a year, in whatever order. */
const isWrittenDate = (text: string): boolean =>
  /^(?:\d{1,2}([./-])\d{1,2}\1(?:\d{2}|\d{4})|\d{4}([./-])\d{1,2}\2\d{1,2})(?: \d{2})?$/.test(text);

export function translateDates(original: string): Translated {
  const shown = hidden(original);
  const places: { start: number; end: number; from: number; to: number }[] = [];
  let text = '';
  for (let i = 0; i < shown.length; ) {
    const isStart = i === 0 || !/[\p{L}\p{N}]/u.test(shown[i - 1] ?? '');
    const found = isStart && shown[i] !== ' ' ? translationAt(shown, i) : null;
    if (found) {
      places.push({ start: text.length, end: text.length + found.english.length, from: i, to: i + found.length });
      text += found.english;
      i += found.length;
    } else {
      text += shown[i] ?? '';
      i += 1;
    }
  }
  return { text, toOriginal: (start, end) => ({ start: place(places, start, 'from'), end: place(places, end, 'to') }) };
}

function translationAt(text: string, index: number): { readonly english: string; readonly length: number } | null {
  for (const { pattern, english } of RULES) {
    pattern.lastIndex = index;
    const match = pattern.exec(text);
    const translated = match && english(match);
    if (match && translated) return { english: translated, length: match[0].length };
  }
  return null;
}

/** Where a place of the translation is in the original; inside a phrase, its edge. */
function place(
  places: readonly { readonly start: number; readonly end: number; readonly from: number; readonly to: number }[],
  at: number,
  edge: 'from' | 'to',
): number {
  let shift = 0;
  for (const { start, end, from, to } of places) {
    if (edge === 'from' ? at < start : at <= start) break;
    if (edge === 'from' ? at < end : at <= end) return edge === 'from' ? from : to;
    shift = to - end;
  }
  return at + shift;
}
