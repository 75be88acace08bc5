import { z } from 'zod';

const toldRecord = z.object({
  entity: z.string(),
  id: z.string().describe("the row's id, which other tools take in place of a title"),
  title: z.string(),
});
export type RecordReference = z.output<typeof toldRecord>;

export const answer = z.object({
  outcome: z
    .enum(['done', 'unclear'])
    .describe('unclear: nothing was written, since no record, or more than one, may be meant; `records` are those'),
  text: z.string().describe('what happened, for people'),
  records: z.array(toldRecord),
});
/** What a tool says. `unclear` has written nothing: its records are what may have been meant. */
export type Answer = z.output<typeof answer>;

export const done = (text: string, ...records: RecordReference[]): Answer => ({ outcome: 'done', text, records });

export const unclear = (text: string, records: readonly RecordReference[]): Answer => ({
  outcome: 'unclear',
  text,
  records: records.map(({ entity, id, title }) => ({ entity, id, title })),
});
