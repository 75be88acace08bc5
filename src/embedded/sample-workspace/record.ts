import type { Value } from '../../sync/types.ts';

/** One page of the sample workspace, before it has an id. */
export interface SampleRecord {
  readonly entity: string;
  /** Unique in the workspace; relations refer to it. */
  readonly key: string;
  /** By field name; a missing field is empty. */
  readonly fields: Readonly<Record<string, Value>>;
  /** The ends of date ranges, by field name. */
  readonly ends?: Readonly<Record<string, string>>;
  readonly body?: SampleBody;
}

/** The content of a page. */
export interface SampleBody {
  readonly markdown: string;
  /** The type of a block at the end that Markdown cannot represent. */
  readonly unsupported?: string;
  /** The title of a child page at the end. */
  readonly childPage?: string;
}

/** The key of the record with this title. */
export const keyOf = (entity: string, title: string): string =>
  `${entity}/${title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-')}`;

export const tagKeys = (names: readonly string[]): string[] => names.map((name) => keyOf('tags', name));

export const projectKeys = (names: readonly string[]): string[] => names.map((name) => keyOf('projects', name));

/** The calendar day that is `days` from today. */
export type DayOf = (days: number) => string;

export function daysFrom(today: string): DayOf {
  const start = Date.parse(`${today}T00:00:00Z`);
  return (days) => new Date(start + days * 86_400_000).toISOString().slice(0, 10);
}
