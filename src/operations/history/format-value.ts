import type { Value } from '../../sync/types.ts';
import { pageIdsIn } from './conflicts.ts';

export const SIDE_NAMES = { notion: 'Notion', google: 'Google', sql: 'SQL' } as const;

export const formatMinute = (time: Date): string => time.toISOString().slice(0, 16).replace('T', ' ');

export const truncate = (text: string, max: number): string =>
  text.length > max ? `${text.slice(0, max - 1)}…` : text;

/** @param titles of linked rows, by page id */
export function formatValue(value: Value | undefined, titles: ReadonlyMap<string, string>): string {
  if (value === undefined || value === null || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return String(value);
  const links = pageIdsIn(value);
  return links.length === 0 ? '–' : links.map((link) => titles.get(link) ?? link).join(', ');
}

/** Formats a value on one line of limited length. */
export const formatShort = (value: Value | undefined, titles: ReadonlyMap<string, string>, max: number): string =>
  truncate(formatValue(value, titles).replaceAll('\n', ' '), max);
