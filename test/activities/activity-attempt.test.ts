import { ApplicationFailure, asyncLocalStorage, type Context } from '@temporalio/activity';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runAttempt } from '../../src/activities/activity-attempt.ts';
import { RetryableError } from '../../src/errors.ts';

const MINUTE_MS = 60_000;

describe('an attempt of an activity', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** How the attempt ends, and the heartbeats that it sent. */
  const run = (work: Parameters<typeof runAttempt<unknown>>[0], info: object = {}) => {
    const heartbeats: unknown[] = [];
    const context = {
      info,
      cancellationSignal: new AbortController().signal,
      heartbeat: (details: unknown) => heartbeats.push(details),
    };
    // The rest of a context is not used.
    const end = asyncLocalStorage.run(context as unknown as Context, () => runAttempt(work));
    return { end: end.catch((error: unknown) => error), heartbeats };
  };

  test('that hangs ends by itself, and says so', async () => {
    const { end, heartbeats } = run(() => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(6 * MINUTE_MS);
    expect(await end).toMatchObject({ type: 'no_progress', nonRetryable: true });
    const sent = heartbeats.length;
    await vi.advanceTimersByTimeAsync(6 * MINUTE_MS);
    expect(heartbeats).toHaveLength(sent);
  });

  test('that progresses may take for hours', async () => {
    const { end } = run(async ({ progress }) => {
      for (let minute = 0; minute < 240; minute += 1) {
        await new Promise((resolve) => setTimeout(resolve, MINUTE_MS));
        progress();
      }
      return 'done';
    });
    await vi.advanceTimersByTimeAsync(241 * MINUTE_MS);
    expect(await end).toBe('done');
  });

  test('that ends within two seconds sends no heartbeat', async () => {
    const { end, heartbeats } = run(() => new Promise((resolve) => setTimeout(resolve, 1_900)));
    await vi.advanceTimersByTimeAsync(10_000);
    await end;
    expect(heartbeats).toEqual([]);
  });

  test.each([
    [1, 5_000],
    [2, undefined],
  ])('number %i waits for a claim for %s ms', async (attempt, claimWait) => {
    expect(await run(async (its) => its.claimWait, { attempt }).end).toBe(claimWait);
  });

  const fail = async (): Promise<never> => {
    throw new RetryableError('notion_unreachable', 'Notion cannot be reached');
  };

  test('is patient although its task has waited for hours until a worker ran', async () => {
    const { end, heartbeats } = run(fail, { scheduledTimestampMs: Date.now() - 240 * MINUTE_MS });
    await vi.advanceTimersByTimeAsync(1);
    expect(await end).toMatchObject({ type: 'notion_unreachable', nonRetryable: false });
    // The next attempt knows since when there was no progress, and how it failed.
    const failure = { code: 'notion_unreachable', since: expect.any(Number), times: 1 };
    expect(heartbeats).toEqual([{ progressedAt: expect.any(Number), carried: null, failure }]);
  });

  test.each([
    { code: 'notion_unreachable', minutes: 2, isFinal: true },
    { code: 'claim_busy', minutes: 2, isFinal: false },
    { code: 'claim_busy', minutes: 31, isFinal: true },
  ])('that fails with $code, $minutes minutes after the last progress: final is $isFinal', async (line) => {
    const heartbeatDetails = { progressedAt: Date.now() - line.minutes * MINUTE_MS, carried: null };
    const { end } = run(
      async () => {
        throw new RetryableError(line.code, 'tasks is in use by process 7');
      },
      { heartbeatDetails },
    );
    await vi.advanceTimersByTimeAsync(1);
    const failure = await end;
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: line.code, nonRetryable: line.isFinal });
  });
});
