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
  /** Null where it would be made. */
  pageId: z.string().nullable(),
  title: z.string(),
  /** Null: the record would be made. */
  before: content.nullable(),
  /** Of what would change alone, but all of a record that would be made. */
  after: content,
});

/** What a cycle would write of one record, on one side. */
export type PlannedChange = Readonly<z.infer<typeof change>>;

/** As it is kept in a file. */
export const planFile = z.object({ lockstepPlan: z.literal(1), madeAt: z.iso.datetime(), changes: z.array(change) });

/** The record that the change is about: a row that would be made has no lasting id yet, a page neither. */
export const keyOf = ({ entity, side, recordId, pageId }: PlannedChange): string =>
  `${entity} ${side} ${side === 'sql' ? pageId : recordId}`;

/** Whether two plans say the same of a record. */
export const isSame = (a: PlannedChange, b: PlannedChange): boolean =>
  isDeepStrictEqual([a.before, a.after], [b.before, b.after]);
