import { invalid, type NotionError } from './api-error.ts';
import { toValidUuid } from './ids.ts';

/**
 * Validation of request bodies with Notion's messages. `path` names the value as Notion
 * does, e.g. `body.properties.Name.title[0]`.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

export function refuse(path: string, should: string, was: unknown): NotionError {
  const [where] = path.split('.', 1);
  const shown = was === undefined ? 'undefined' : JSON.stringify(was);
  return invalid(
    `${where} failed validation: ${path} should be ${should}, instead was \`${shown.length > 300 ? `${shown.slice(0, 300)}…` : shown}\`.`,
  );
}

/** @param keys the allowed keys; any other is refused */
export function object(value: unknown, path: string, keys?: readonly string[]): JsonObject {
  if (value === undefined) throw refuse(path, 'defined', value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(path, 'an object', value);
  const fields = Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
  const stray = keys && Object.keys(fields).find((key) => !keys.includes(key));
  if (stray !== undefined) throw refuse(`${path}.${stray}`, 'not present', fields[stray]);
  return fields;
}

export function text(value: unknown, path: string, { min = 0, max = Number.POSITIVE_INFINITY } = {}): string {
  if (value === undefined) throw refuse(path, 'defined', value);
  if (typeof value !== 'string') throw refuse(path, 'a string', value);
  if (value.length > max) throw refuse(`${path}.length`, `≤ \`${max}\``, value.length);
  if (value.length < min) throw refuse(`${path}.length`, `≥ \`${min}\``, value.length);
  return value;
}

export function list(value: unknown, path: string, max = Number.POSITIVE_INFINITY): readonly unknown[] {
  if (value === undefined) throw refuse(path, 'defined', value);
  if (!Array.isArray(value)) throw refuse(path, 'an array', value);
  if (value.length > max) throw refuse(`${path}.length`, `≤ \`${max}\``, value.length);
  return value;
}

export function flag(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw refuse(path, 'a boolean', value);
  return value;
}

export function finite(value: unknown, path: string): number {
  // JSON numbers such as 1e400 do not fit a double.
  if (typeof value !== 'number' || !Number.isFinite(value)) throw refuse(path, 'a number', value);
  return value;
}

/** @returns the id in its dashed form */
export function uuid(value: unknown, path: string): string {
  const id = toValidUuid(text(value, path));
  if (!id) throw refuse(path, 'a valid uuid', value);
  return id;
}

export function choice<T extends string>(value: unknown, path: string, choices: readonly T[]): T {
  const chosen = choices.find((candidate) => candidate === value);
  if (chosen === undefined) throw refuse(path, choices.map((each) => `\`"${each}"\``).join(', or '), value);
  return chosen;
}

/** Reads `page_size` from a body, or as text from a query string. */
export function pageSize(value: unknown, path: string, most = 100): number {
  if (value === undefined || value === null) return most;
  const size = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : finite(value, path);
  if (!Number.isInteger(size) || size < 1) throw refuse(path, '≥ `1`', value);
  if (size > 100) throw refuse(path, '≤ `100`', value);
  return Math.min(size, most);
}
