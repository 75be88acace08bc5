import { createHash } from 'node:crypto';
import { type Database, transaction } from '../../database/client.ts';
import { FinalError } from '../../errors.ts';
import { dayIn } from '../../shared/zoned-time.ts';
import { toTemporaryId } from '../../sync/temporary-id.ts';
import { type Answer, answer } from './answer.ts';
import type { ToolContext, Writing } from './tool.ts';

/**
 * Executes a call once, even if it is delivered repeatedly: its answer is stored in the same transaction. An unclear
 * call has written nothing and is not stored, so that it can be repeated.
 * @throws FinalError when the key belongs to another call
 */
export const deliver = (
  context: ToolContext,
  tool: string,
  input: object,
  work: (writing: Writing) => Promise<Answer>,
): Promise<Answer> =>
  transaction(context.database, { as: 'user' }, async (tx) => {
    const { source, deliveryKey: key } = context;
    if (key === undefined) return work(writingOn(tx, context));
    const asked = createHash('sha256')
      .update(JSON.stringify([tool, input]))
      .digest('base64url');
    // A second delivery waits here until the first has ended.
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('lockstep delivery:' || $1::text, 0))", [
      `${source} ${key}`,
    ]);
    const [before] = await tx.query<{ asked: string; answer: unknown }>(
      'SELECT asked, answer FROM tool_deliveries WHERE source = $1 AND key = $2',
      [source, key],
    );
    if (before && before.asked !== asked) {
      throw new FinalError('key_reused', 'the idempotency key belongs to another call: use a new key for each call');
    }
    if (before) return answer.parse(before.answer);
    const result = await work(writingOn(tx, context));
    if (result.outcome === 'done') {
      await tx.execute('INSERT INTO tool_deliveries (source, key, tool, asked, answer) VALUES ($1, $2, $3, $4, $5)', [
        source,
        key,
        tool,
        asked,
        JSON.stringify(result),
      ]);
    }
    return result;
  });

const writingOn = (tx: Database, context: ToolContext): Writing => ({
  ...context,
  database: tx,
  query: (statement, values) => tx.query(statement, values),
  execute: (statement, values) => tx.execute(statement, values),
  temporaryId: async () => {
    const day = dayIn(context.timeZone, context.now.getTime());
    const [serial] = await tx.query<{ last: number }>(
      `INSERT INTO tool_serials (source, day, last) VALUES ($1, $2, 1)
       ON CONFLICT (source, day) DO UPDATE SET last = tool_serials.last + 1 RETURNING last`,
      [context.source, day],
    );
    return toTemporaryId(`${context.source}_${day.replaceAll('-', '')}_${String(serial?.last).padStart(3, '0')}`);
  },
});
