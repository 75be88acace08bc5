import type { Config } from '../../config.ts';
import type { GoogleConnection } from '../../google/oauth-client.ts';
import type { TokenStore } from '../../google/token-store.ts';
import type { Answer, Columns, Enriched } from './enrichment-store.ts';

/** What an enrichment needs for its requests. */
export interface LookupContext {
  readonly config: Config;
  readonly google: GoogleConnection;
  readonly grants: TokenStore;
  readonly signal: AbortSignal;
  /** Called before each request: waits for the budget, and counts. */
  readonly beforeRequest: () => Promise<void>;
}

/** Looks up a row. Its columns do not include values that Lockstep filled in. */
export type Lookup = (row: Columns) => Promise<Answer>;

/** A source that rows are filled in from. */
export interface Enrichment extends Enriched {
  /** The sync name in `sync_run_history`. */
  readonly name: string;
  /** The request budget of its API, and the requests per minute. */
  readonly pace: { readonly api: string; readonly perMinute: number };
  readonly isConfigured: (config: Config) => boolean;
  /** Called once per run. */
  readonly open: (context: LookupContext) => Lookup;
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
