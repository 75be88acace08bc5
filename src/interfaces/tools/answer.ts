import { z } from 'zod';
import { truncate } from '../../operations/history/format-value.ts';

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

const MAX_TITLE_LENGTH = 500;
const LINE_BREAKERS = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;

/** A stored title on one line: others may have written it, and a line break in it could pretend to be another record. */
export const titleLine = (title: string): string =>
  truncate(
    title
      .slice(0, 2 * MAX_TITLE_LENGTH)
      .replace(LINE_BREAKERS, ' ')
      .trim(),
    MAX_TITLE_LENGTH,
  );

const toReference = ({ entity, id, title }: RecordReference): RecordReference => ({
  ...{ entity, id },
  title: titleLine(title),
});

export const done = (text: string, ...records: RecordReference[]): Answer => ({
  ...{ outcome: 'done', text },
  records: records.map(toReference),
});

export const unclear = (text: string, records: readonly RecordReference[]): Answer => ({
  outcome: 'unclear',
  text,
  records: records.map(toReference),
});
