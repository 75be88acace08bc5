import { expect, test } from 'vitest';
import { ConnectionLimit, Seat } from '../../src/database/seat.ts';

test('a workspace opens all of its connections or none, and gives them back together', async () => {
  const limit = new ConnectionLimit(5);
  const [first, second] = [new Seat(limit, 3), new Seat(limit, 3)];
  const leave = [await first.enter(), await first.enter()];
  let hasEntered = false;
  const waiting = second.enter().then((done) => {
    hasEntered = true;
    return done;
  });
  leave[0]?.();
  leave[0]?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect(hasEntered).toBe(false);
  leave[1]?.();
  (await waiting)();
  await first.enter();
});

test('who waits comes first, and a workspace that may have more than there are takes all', async () => {
  const limit = new ConnectionLimit(4);
  const [small, large, late] = [new Seat(limit, 2), new Seat(limit, 9), new Seat(limit, 2)];
  const order: string[] = [];
  const leave = await small.enter();
  const entered = [
    large.enter().then((done) => {
      order.push('large');
      done();
    }),
    late.enter().then((done) => {
      order.push('late');
      done();
    }),
  ];
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual([]);
  leave();
  await Promise.all(entered);
  expect(order).toEqual(['large', 'late']);
});
