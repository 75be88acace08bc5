import { z } from 'zod';
import { LONGEST_LAG_MS } from './store.ts';

/** What can be set while the emulator runs. */
export const settingsSchema = z.strictObject({
  /** Requests in a fixed window of 60 seconds, for each token. */
  requestsPerMinute: z.number().int().positive(),
  /** How long queries and searches go on showing a page as it was before a change. */
  indexLagMs: z.number().int().min(0).max(LONGEST_LAG_MS),
  /** Results that one query lists at most before it ends «incomplete». */
  queryLimit: z.number().int().positive(),
  /** Results in one answer at most, whatever `page_size` asks for: short pages that have more. */
  pageSizeCap: z.number().int().min(1).max(100),
  /** How a cursor finds its place: `anchored` at the row it follows, or at a mere `offset`, so that rows that move are skipped. */
  cursors: z.enum(['anchored', 'offset']),
  /** Whether times in date properties keep seconds. Notion does not say. */
  dateGrain: z.enum(['millisecond', 'minute']),
  /** Whether a page counts as truncated that has a block which Markdown does not show. Seen in the field; the documents say otherwise. */
  unsupportedTruncates: z.boolean(),
  /** Whether edits of a body whose text is not found are skipped instead of refused. Seen in the field, among others that were found. */
  skipsMissingEdits: z.boolean(),
});

export type Settings = z.infer<typeof settingsSchema>;

export const DEFAULT_SETTINGS: Settings = {
  requestsPerMinute: 180,
  indexLagMs: 0,
  queryLimit: 10_000,
  pageSizeCap: 100,
  cursors: 'anchored',
  dateGrain: 'millisecond',
  unsupportedTruncates: false,
  skipsMissingEdits: false,
};
