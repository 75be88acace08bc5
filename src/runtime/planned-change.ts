import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

const content = z.object({
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
  archived: z.boolean(),
});

const change = z.object({
  entity: z.string(),
  /** The side that would be written. */
  side: z.enum(['notion', 'google', 'sql']),
  recordId: z.string(),
  /** Null when the page or event would be created. */
  pageId: z.string().nullable(),
  title: z.string(),
  /** Null when the record would be created. */
  before: content.nullable(),
  /** The changed fields, or all fields of a record that would be created. */
  after: content,
});

/** What a cycle would write to one record on one side. */
export type PlannedChange = Readonly<z.infer<typeof change>>;

/** The format of a plan file. */
export const planFile = z.object({
  lockstepPlan: z.literal(1),
  madeAt: z.iso.datetime(),
  /** Cycles, hints and chores were paused for it. */
  isHeld: z.boolean().optional(),
  changes: z.array(change),
});

export type PlanFile = Readonly<z.infer<typeof planFile>>;

/** Identifies the record: a row that would be created has no permanent id yet, and neither has a page. */
export const keyOf = ({ entity, side, recordId, pageId }: PlannedChange): string =>
  `${entity} ${side} ${side === 'sql' ? pageId : recordId}`;

/** Whether two plans make the same change to a record. */
export const isSameChange = (a: PlannedChange, b: PlannedChange): boolean =>
  isDeepStrictEqual([a.before, a.after], [b.before, b.after]);
