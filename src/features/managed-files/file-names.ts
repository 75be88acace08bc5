/** Letters that Unicode does not decompose into a letter and an accent. */
const SPELLINGS: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' },
};
/** In bytes; leaves room for a suffix in every file system. */
const MAX_BYTES = 100;
/** Characters that some system does not allow, or that change the reading direction. */
const ILLEGAL = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff/\\:*?"<>|]+/gu;
/** Names that Windows reserves. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;

/** `Balcony Gärden!` becomes `balcony-garden`; '' if nothing is left. */
export function nameToSlug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => SPELLINGS[letter] ?? letter)
    .normalize('NFC');
  return truncateName(plain.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+/, ''), '-').replace(/-+$/, '');
}

/** The name as a valid file name on any system; '' if nothing is left. */
export function nameToFileName(name: string): string {
  const legal = name
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .replace(ILLEGAL, '-')
    .replace(/^[.\s-]+/, '');
  return truncateName(legal, ' ').replace(/[.\s-]+$/, '');
}

/** Truncates after a whole character, preferably at the end of a word. */
function truncateName(text: string, between: string): string {
  if (Buffer.byteLength(text) <= MAX_BYTES) return text;
  let truncated = '';
  for (const letter of text) {
    if (Buffer.byteLength(truncated + letter) > MAX_BYTES) break;
    truncated += letter;
  }
  const wordEnd = truncated.lastIndexOf(between);
  return wordEnd > MAX_BYTES / 2 ? truncated.slice(0, wordEnd) : truncated;
}

/** Equal for names that a case-insensitive file system takes for the same. */
export const foldCase = (name: string): string => name.normalize('NFC').toLowerCase().toUpperCase().toLowerCase();

export interface Named {
  readonly id: string;
  /** The preferred name; '' to use the id. */
  readonly wanted: string;
}

/**
 * Gives each record a unique name: the preferred name, or if that is taken, with the beginning of its id. A name stays
 * until the record's preferred name changes.
 * @param known names assigned earlier, by id; the names of other records stay taken
 * @returns names by id
 */
export function assignNames(
  records: readonly Named[],
  known: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const assigned = new Map<string, string>();
  // A name that its holder is about to give up is still taken: the file may still exist.
  const holders = new Map([...known].map(([id, name]) => [foldCase(name), id]));
  const isFree = (id: string, name: string): boolean => name !== '' && (holders.get(foldCase(name)) ?? id) === id;
  const give = (id: string, name: string): void => {
    assigned.set(id, name);
    holders.set(foldCase(name), id);
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
