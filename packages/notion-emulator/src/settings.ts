import { z } from 'zod';
import { MAX_LAG_MS } from './store.ts';

/** Settings that can be changed while the emulator runs. */
export const settingsSchema = z.strictObject({
  /** Requests in a fixed window of 60 seconds, for each token. */
  requestsPerMinute: z.number().int().positive(),
  /** How long queries and searches return pages as they were before a change. */
  indexLagMs: z.number().int().min(0).max(MAX_LAG_MS),
  /** The maximum number of results of a query. A query with more ends as `incomplete`. */
  queryLimit: z.number().int().positive(),
  /** The maximum number of results in one answer, whatever `page_size` is. */
  pageSizeCap: z.number().int().min(1).max(100),
  /** Whether a cursor follows the last returned row (`anchored`) or counts rows (`offset`, which skips rows that move). */
  cursors: z.enum(['anchored', 'offset']),
  /** Whether an unsupported block marks a page as truncated. Observed, although the documentation says otherwise. */
  unsupportedTruncates: z.boolean(),
  /** Whether body edits whose text is not found are skipped instead of refused. Observed when other edits match. */
  skipsMissingEdits: z.boolean(),
});

export type Settings = z.infer<typeof settingsSchema>;

export const DEFAULT_SETTINGS: Settings = {
  requestsPerMinute: 180,
  indexLagMs: 0,
  queryLimit: 10_000,
  pageSizeCap: 100,
  cursors: 'anchored',
  unsupportedTruncates: false,
  skipsMissingEdits: false,
};
