import { expect, test } from 'vitest';
import { Backoff } from '../../src/shared/backoff.ts';

const take = (backoff: Backoff, count: number): number[] => Array.from({ length: count }, () => backoff.next());

test('delays double up to the maximum, and start again after a success', () => {
  const backoff = new Backoff({ firstMs: 250, maxMs: 1_500 });
  expect(take(backoff, 5)).toEqual([250, 500, 1_000, 1_500, 1_500]);
  backoff.reset();
  expect(take(backoff, 2)).toEqual([250, 500]);
});

test('jitter only shortens a delay, by at most its share', () => {
  const backoff = new Backoff({ firstMs: 1_000, maxMs: 1_000, jitter: 0.5 });
  for (const delayMs of take(backoff, 100)) {
    expect(delayMs).toBeGreaterThan(500);
    expect(delayMs).toBeLessThanOrEqual(1_000);
  }
});
