import type { Config } from '../../config.ts';
import type { GoogleConnection } from '../../google/oauth-client.ts';
import type { TokenStore } from '../../google/token-store.ts';
import type { Answer, Columns, Enriched } from './enrichments.ts';

/** What an enrichment asks with. */
export interface AskContext {
  readonly config: Config;
  readonly google: GoogleConnection;
  readonly grants: TokenStore;
  readonly signal: AbortSignal;
  /** Called before each request: keeps the pace, and counts. */
  readonly beforeRequest: () => Promise<void>;
}

/** A row's columns, without what we filled in ourselves: that is no word of a person's. */
export type Ask = (row: Columns) => Promise<Answer>;

/** One source that rows are filled in from. */
export interface Enrichment extends Enriched {
  /** As it stands in `sync_run_history`. */
  readonly name: string;
  /** Whose budget its requests are counted in, and how many that allows in any minute. */
  readonly pace: { readonly api: string; readonly perMinute: number };
  readonly isConfigured: (config: Config) => boolean;
  /** Called once for all the rows of a run. */
  readonly open: (context: AskContext) => Ask;
}

/** A column's text, or ''. */
export const textIn = (row: Columns, column: string): string => {
  const value = row[column];
  return typeof value === 'string' ? value : '';
};

/** A column's number, or null. */
export const numberIn = (row: Columns, column: string): number | null => {
  const value = row[column];
  return typeof value === 'number' ? value : null;
};
