import { z } from 'zod';

const toldRecord = z.object({
  entity: z.string(),
  id: z.string().describe("the row's id; other tools accept it instead of a title"),
  title: z.string(),
});
export type RecordReference = z.output<typeof toldRecord>;

export const answer = z.object({
  outcome: z
    .enum(['done', 'unclear'])
    .describe(
      'unclear: nothing was written, because no record or more than one matches; `records` lists the candidates',
    ),
  text: z.string().describe('what happened, as text for the user'),
  records: z.array(toldRecord),
});
/** A tool's answer. With `unclear`, nothing was written, and the records are the candidates. */
export type Answer = z.output<typeof answer>;

export const done = (text: string, ...records: RecordReference[]): Answer => ({ outcome: 'done', text, records });

export const unclear = (text: string, records: readonly RecordReference[]): Answer => ({
  outcome: 'unclear',
  text,
  records: records.map(({ entity, id, title }) => ({ entity, id, title })),
});
