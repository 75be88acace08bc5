import { invalid } from './api-error.ts';
import { acceptDate } from './date-values.ts';
import { choice, finite, type JsonObject, object, refuse, text } from './expect.ts';
import type { FormulaResult, Place, Verification } from './model.ts';

/** The values that a page request can hold, in the order of Notion's message. */
const WRITABLE = [
  'title',
  'rich_text',
  'number',
  'url',
  'select',
  'multi_select',
  'people',
  'email',
  'phone_number',
  'date',
  'checkbox',
  'relation',
  'files',
  'status',
  'place',
  'verification',
];
/** Keys of values without the name of their type. */
const BARE = ['id', 'name', 'start'];
const READ_ONLY = [
  'formula',
  'rollup',
  'unique_id',
  'button',
  'created_time',
  'created_by',
  'last_edited_time',
  'last_edited_by',
];

/**
 * Refuses a value that only Notion sets, with its sentence: it names every value that could be written instead.
 * @see https://developers.notion.com/reference/post-page
 * @throws NotionError 400
 */
export function refuseReadOnly(body: JsonObject, path: string): void {
  if (!READ_ONLY.some((type) => type in body) || WRITABLE.some((type) => type in body)) return;
  const missing = [...WRITABLE, ...BARE].map((type) => `${path}.${type} should be defined, instead was \`undefined\`.`);
  throw invalid(['body failed validation. Fix one:', ...missing].join('\n'));
}

/** Reads a place. Notion does not look up addresses. @see https://developers.notion.com/reference/page-property-values#place */
export function acceptPlace(given: unknown, path: string): Place {
  const body = object(given, path, ['lat', 'lon', 'name', 'address', 'aws_place_id', 'google_place_id']);
  const optional = (key: string): string | null =>
    body[key] === undefined || body[key] === null ? null : text(body[key], `${path}.${key}`);
  return {
    lat: within(body.lat, `${path}.lat`, 90),
    lon: within(body.lon, `${path}.lon`, 180),
    name: optional('name'),
    address: optional('address'),
    aws_place_id: optional('aws_place_id'),
    google_place_id: optional('google_place_id'),
  };
}

function within(value: unknown, path: string, most: number): number {
  if (value === undefined) throw refuse(path, 'defined', value);
  const degrees = finite(value, path);
  if (degrees < -most) throw refuse(path, `≥ \`${-most}\``, value);
  if (degrees > most) throw refuse(path, `≤ \`${most}\``, value);
  return degrees;
}

/** Reads a verification by the writer. Its dates have times. @see https://developers.notion.com/reference/page-property-values#verification */
export function acceptVerification(given: unknown, path: string, by: string): Verification | null {
  const body = object(given, path, ['state', 'date']);
  if (choice(body.state, `${path}.state`, ['verified', 'unverified']) === 'unverified') {
    object(given, path, ['state']);
    return null;
  }
  const date = body.date === undefined ? null : acceptDate(body.date, `${path}.date`);
  if (date && !date.start.includes('T')) throw refuse(`${path}.date.start`, 'a date with a time', date.start);
  return { by, date };
}

/** The result of a formula, as a person sets it for an expression that the emulator does not compute. */
export function acceptResult(given: unknown, path: string): FormulaResult {
  if (typeof given === 'number') return { type: 'number', number: given };
  if (typeof given === 'boolean') return { type: 'boolean', boolean: given };
  if (typeof given === 'string') return { type: 'string', string: given };
  return { type: 'date', date: acceptDate(given, path) };
}
