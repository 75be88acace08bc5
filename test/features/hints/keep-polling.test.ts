import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FinalError, RetryableError } from '../../../src/errors.ts';
import { type KeepPollingOptions, keepPolling, type Poll } from '../../../src/features/hints/keep-polling.ts';

const FOREVER = 3_600_000;

describe('polling', () => {
  let closing: AbortController;
  let said: string[];
  let running: Promise<void>[];

  beforeEach(() => {
    [closing, said, running] = [new AbortController(), [], []];
  });
  afterEach(async () => {
    closing.abort();
    await Promise.all(running);
  });

  /** A side on which nothing is edited. */
  const side = (different: Partial<Poll> = {}) => ({
    ...{ name: 'Notion' as const, look: vi.fn(async () => false), isBusy: async () => false, ...different },
    isNeeded: vi.fn(different.isNeeded ?? (async () => true)),
  });
  const keep = (poll: Poll, different: Partial<KeepPollingOptions> = {}): void => {
    const polling = keepPolling(poll, {
      claims: { hold: (_name, { signal }, work) => work(signal) },
      isPaused: async () => false,
      activity: { note: () => undefined, isQuiet: false },
      log: { info: (line) => said.push(`info: ${line}`), warn: (line) => said.push(`warn: ${line}`) },
      ...{ signal: closing.signal, everyMs: 1, slowEveryMs: FOREVER, ...different },
    });
    running.push(polling);
  };
  const times =
    (count: number) =>
    ({ mock: { calls } }: { mock: { calls: unknown[] } }) =>
      calls.length >= count;

  test('goes on, and an edit is activity', async () => {
    const note = vi.fn();
    const poll = side({ look: vi.fn(async () => true) });
    keep(poll, { activity: { note, isQuiet: false } });
    await expect.poll(() => times(5)(note)).toBe(true);
  });

  test.each([
    ['nothing was edited for an hour', { activity: { note: () => undefined, isQuiet: true } }, {}],
    ['other work needs the requests', {}, { isBusy: async () => true }],
  ])('is slow while %s', async (_why, options, ofSide) => {
    const poll = side(ofSide);
    keep(poll, options);
    await expect.poll(() => times(10)(poll.isNeeded)).toBe(true);
    expect(poll.look).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['the side reports its edits by itself', {}, { isNeeded: async () => false }],
    ['the schedule is paused', { isPaused: async () => true }, {}],
  ])('asks for nothing while %s', async (_why, options, ofSide) => {
    const poll = side(ofSide);
    keep(poll, options);
    await expect.poll(() => times(10)(poll.isNeeded)).toBe(true);
    expect(poll.look).not.toHaveBeenCalled();
  });

  test.each([
    ['is kept', false, 1],
    ['is given back after each poll', true, 3],
  ])('the claim %s', async (_what, givesClaimBack, holds) => {
    let held = 0;
    let isHeld = false;
    const claims: KeepPollingOptions['claims'] = {
      hold: async (_name, { signal }, work) => {
        [held, isHeld] = [held + 1, true];
        return work(signal).finally(() => {
          isHeld = false;
        });
      },
    };
    const look = vi.fn(async () => !isHeld);
    const note = vi.fn();
    keep(side({ look }), { claims, givesClaimBack, activity: { note, isQuiet: false } });
    await expect.poll(() => times(4)(look)).toBe(true);
    expect(held).toBeGreaterThanOrEqual(holds);
    expect(held > 1).toBe(givesClaimBack);
    expect(note).not.toHaveBeenCalled();
  });

  test('a lasting failure is reported once, and its end', async () => {
    let isDown = true;
    const look = vi.fn(async () => {
      if (isDown) throw new FinalError('unauthorized', 'Notion refused the token');
      return false;
    });
    keep(side({ look }));
    await expect.poll(() => times(4)(look)).toBe(true);
    expect(said).toEqual(['warn: edits in Notion are found by cycles only: Notion refused the token']);
    isDown = false;
    await expect.poll(() => said).toHaveLength(2);
    expect(said[1]).toBe('info: edits in Notion are noticed within seconds again');
    isDown = true;
    await expect.poll(() => said).toHaveLength(3);
  });

  test('a used-up budget is no failure', async () => {
    const look = vi.fn(async () => {
      throw new RetryableError('budget_short', 'used up');
    });
    keep(side({ look }));
    await expect.poll(() => times(5)(look)).toBe(true);
    expect(said).toEqual([]);
  });
});
