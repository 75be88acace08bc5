import type { Value } from '../../sync/types.ts';

/** One page of the sample workspace, before it has an id. */
export interface SampleRecord {
  readonly entity: string;
  /** Unique in the workspace; what relations name. */
  readonly key: string;
  /** By field name; one that is left out is empty. */
  readonly fields: Readonly<Record<string, Value>>;
  /** Where a date is a range: its end, by field name. */
  readonly ends?: Readonly<Record<string, string>>;
  readonly body?: SampleBody;
}

/** What stands in a page below its properties. */
export interface SampleBody {
  readonly markdown: string;
  /** The kind of a block at its end that Markdown does not show. */
  readonly unsupported?: string;
  /** The title of a page at its end. */
  readonly childPage?: string;
}

/** The key of the record with this title. */
export const keyOf = (entity: string, title: string): string =>
  `${entity}/${title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-')}`;

export const tagKeys = (names: readonly string[]): string[] => names.map((name) => keyOf('tags', name));

export const projectKeys = (names: readonly string[]): string[] => names.map((name) => keyOf('projects', name));

/** A calendar day, so many days from today. */
export type DayOf = (days: number) => string;

export function daysFrom(today: string): DayOf {
  const start = Date.parse(`${today}T00:00:00Z`);
  return (days) => new Date(start + days * 86_400_000).toISOString().slice(0, 10);
}
