/** Letters that are no others with an accent. */
const PLAIN: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' },
};
/** Bytes, so that a name fits wherever names do, with something behind it. */
const LONGEST = 100;
/** What some system does not take, or what turns the reading direction. */
const UNFIT = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff/\\:*?"<>|]+/gu;
/** What Windows keeps for itself. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;

/** «Balcony Gärden!» is `balcony-garden`; '' where nothing is left. */
export function slugOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => PLAIN[letter] ?? letter)
    .normalize('NFC');
  return clip(plain.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+/, ''), '-').replace(/-+$/, '');
}

/** The name itself, as a file name on any system; '' where nothing is left. */
export function fileNameOf(name: string): string {
  const legal = name
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .replace(UNFIT, '-')
    .replace(/^[.\s-]+/, '');
  return clip(legal, ' ').replace(/[.\s-]+$/, '');
}

/** Cuts after a whole letter, preferably where a word ends. */
function clip(text: string, between: string): string {
  if (Buffer.byteLength(text) <= LONGEST) return text;
  let clipped = '';
  for (const letter of text) {
    if (Buffer.byteLength(clipped + letter) > LONGEST) break;
    clipped += letter;
  }
  const wordEnd = clipped.lastIndexOf(between);
  return wordEnd > LONGEST / 2 ? clipped.slice(0, wordEnd) : clipped;
}

/** Some file systems take these for one name. */
export const folded = (name: string): string => name.normalize('NFC').toLowerCase().toUpperCase().toLowerCase();

export interface Named {
  readonly id: string;
  /** What it would like to be called; '' leaves it to the id. */
  readonly wanted: string;
}

/**
 * Gives each record a name of its own: what it wants, or with the beginning of its id where another has that. A name
 * once given stays until its record wants another.
 * @param known names given earlier, by id; those of records that are not asked for stay taken
 * @returns names by id
 */
export function assignNames(
  records: readonly Named[],
  known: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const assigned = new Map<string, string>();
  // A name that its holder is about to leave is taken still: its file may lie there.
  const holders = new Map([...known].map(([id, name]) => [folded(name), id]));
  const isFree = (id: string, name: string): boolean => name !== '' && (holders.get(folded(name)) ?? id) === id;
  const give = (id: string, name: string): void => {
    assigned.set(id, name);
    holders.set(folded(name), id);
  };
  for (const record of records) {
    const name = known.get(record.id);
    if (name !== undefined && (name === plainName(record) || name === longName(record))) give(record.id, name);
  }
  for (const record of records) {
    if (assigned.has(record.id)) continue;
    const plain = plainName(record);
    give(record.id, isFree(record.id, plain) ? plain : longName(record));
  }
  return assigned;
}

const plainName = ({ wanted }: Named): string => (RESERVED.test(wanted) ? '' : wanted);

const longName = ({ id, wanted }: Named): string => `${wanted === '' ? 'untitled' : wanted}-${id.slice(0, 8)}`;
