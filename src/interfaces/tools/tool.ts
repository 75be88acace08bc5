import type { z } from 'zod';
import type { Database } from '../../database/client.ts';
import { FinalError } from '../../errors.ts';
import type { TemporaryId } from '../../sync/temporary-id.ts';
import type { Answer } from './answer.ts';
import { deliver } from './deliver.ts';

/** Where a call comes from; also the prefix of temporary ids: `sql:telegram_…`. */
export type Source = 'telegram' | 'mcp';

export interface ToolContext {
  readonly database: Database;
  readonly now: Date;
  /** The owner's time zone. */
  readonly timeZone: string;
  readonly source: Source;
  /** Identifies a message across repeated deliveries; without one, each call is new. */
  readonly deliveryKey?: string;
}

/** A call that reads. */
export interface Reading extends ToolContext, Pick<Database, 'query'> {}

/** A call that writes, in one transaction with the record of its delivery. */
export interface Writing extends Reading, Database {
  /** The next `sql:telegram_20260204_001` of this source, on the owner's day. */
  temporaryId(): Promise<TemporaryId>;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  /** What the tool does and when to use it, for a model. */
  readonly description: string;
  readonly input: z.ZodObject;
  /** The feature that it belongs to: while that is off, there is no such tool. */
  readonly feature?: string;
  /** There is no such tool: the entity lacks the field that it works with. */
  readonly isOff?: boolean;
  readonly writes: boolean;
  /** The text of its answer is JSON, on one line. */
  readonly isJson?: true;
  /**
   * @throws FinalError when the input does not match `input`, or the key belongs to another call
   * @throws as `databaseError`
   */
  call(context: ToolContext, input: unknown): Promise<Answer>;
}

interface Declared<Input extends z.ZodObject, Call> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly feature?: string;
  readonly isOff?: boolean;
  readonly isJson?: true;
  run(call: Call, input: z.output<Input>): Promise<Answer>;
}

export const readingTool = <Input extends z.ZodObject>({ run, ...tool }: Declared<Input, Reading>): Tool => ({
  ...tool,
  writes: false,
  call: async (context, input) => run(reading(context), parsed(tool.input, input)),
});

export const writingTool = <Input extends z.ZodObject>({ run, ...tool }: Declared<Input, Writing>): Tool => ({
  ...tool,
  writes: true,
  call: async (context, input) => {
    const values = parsed(tool.input, input);
    return deliver(context, tool.name, values, (writing) => run(writing, values));
  },
});

const reading = (context: ToolContext): Reading => ({
  ...context,
  query: (statement, parameters = []) => context.database.query(statement, parameters),
});

function parsed<Input extends z.ZodObject>(schema: Input, input: unknown): z.output<Input> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new FinalError('invalid_input', `invalid input: ${problems.join('; ')}`);
}
