import { createHash } from 'node:crypto';

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;
/** RFC 9562: a version of 1 to 8 and the variant, or the nil UUID. */
const WELL_FORMED = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const NIL = '00000000-0000-0000-0000-000000000000';
/** The characters of Notion's short property ids. Many must be escaped in a URL. */
const PROPERTY_ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:;<=>?@[]^_`{|}~';

/** The dashed form of an id that may lack its dashes, or null. */
export const toUuid = (value: string): string | null => {
  const parts = UUID.exec(value)?.slice(1);
  return parts ? parts.join('-').toLowerCase() : null;
};

/** As Notion checks ids in requests: also by the digits of version and variant. */
export function toValidUuid(value: string): string | null {
  const id = toUuid(value);
  return id !== null && (id === NIL || WELL_FORMED.test(id)) ? id : null;
}

export const undashed = (id: string): string => id.replaceAll('-', '');

/** The same UUID for the same seed, so that generated ids are the same after a restart. */
export function uuidFrom(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A short id such as `:UPp`, which Notion returns percent-encoded: `%3AUPp`. */
export function shortIdFrom(seed: string, taken: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt += 1) {
    const digest = createHash('sha256').update(`${seed}#${attempt}`).digest();
    const id = [...digest.subarray(0, 4)]
      .map((byte) => PROPERTY_ID_CHARACTERS[byte % PROPERTY_ID_CHARACTERS.length])
      .join('');
    if (!taken.has(id)) return id;
  }
}

/** Notion rounds the times of pages and databases down to the minute. */
export const toMinute = (ms: number): string => new Date(floorToMinute(ms)).toISOString();

export const floorToMinute = (ms: number): number => Math.floor(ms / 60_000) * 60_000;
