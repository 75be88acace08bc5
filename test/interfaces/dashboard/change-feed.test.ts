import { expect, test } from 'vitest';
import { RetryableError } from '../../../src/errors.ts';
import { ChangeFeed } from '../../../src/interfaces/dashboard/change-feed.ts';

/** A probe that a test sets. */
function probeOf(read: () => string) {
  let reads = 0;
  const probe = {
    everyMs: 1,
    read: async () => {
      reads += 1;
      return read();
    },
  };
  /** Waits until what the test has set is read. */
  const settled = async () => {
    const before = reads;
    await expect.poll(() => reads).toBeGreaterThan(before + 1);
  };
  return { probe, settled, reads: () => reads };
}

function listenTo(feed: ChangeFeed, since = Number.POSITIVE_INFINITY) {
  const end = new AbortController();
  const heard = { count: 0, stop: () => end.abort() };
  feed.listen(
    () => {
      heard.count += 1;
    },
    since,
    end.signal,
  );
  return heard;
}

test('each listener is called once for each change, with any number of others', async () => {
  let marker = 'a';
  const { probe, settled } = probeOf(() => marker);
  const feed = new ChangeFeed([probe], () => undefined);
  const first = listenTo(feed);
  await settled();
  const second = listenTo(feed);
  const [before, after] = [first.count, second.count];
  marker = 'b';
  await settled();
  expect([first.count - before, second.count - after]).toEqual([1, 1]);
  for (const listener of [first, second]) listener.stop();
});

test('reads only while somebody listens, and tells later what has changed meanwhile', async () => {
  let marker = 'a';
  const { probe, settled, reads } = probeOf(() => marker);
  const other = probeOf(() => 'same');
  const feed = new ChangeFeed([probe, other.probe], () => undefined);
  expect(reads()).toBe(0);
  const first = listenTo(feed);
  await settled();
  first.stop();
  await new Promise(setImmediate);
  const stopped = reads();
  // Another feed shows that the time for several reads has passed.
  const clock = probeOf(() => 'a');
  const ticking = listenTo(new ChangeFeed([clock.probe], () => undefined));
  for (let round = 0; round < 3; round += 1) await clock.settled();
  ticking.stop();
  expect(reads()).toBe(stopped);

  const unchanged = listenTo(feed);
  await settled();
  expect(unchanged.count).toBe(0);
  unchanged.stop();
  marker = 'b';
  const changed = listenTo(feed);
  await settled();
  expect(changed.count).toBe(1);
  changed.stop();
});

test('a page that was rendered before a change hears of it when it connects', async () => {
  const rendered = Date.now();
  const { probe, settled } = probeOf(() => 'a');
  const feed = new ChangeFeed([probe], () => undefined);
  const first = listenTo(feed);
  await settled();
  const early = listenTo(feed, rendered);
  const late = listenTo(feed, Date.now() + 1);
  expect([early.count, late.count]).toEqual([1, 0]);
  for (const listener of [first, early, late]) listener.stop();
});

test('the first listener, too, hears of a change that the last one has heard of', async () => {
  const rendered = Date.now();
  const { probe, settled } = probeOf(() => 'a');
  const feed = new ChangeFeed([probe], () => undefined);
  const last = listenTo(feed);
  await settled();
  last.stop();
  const early = listenTo(feed, rendered);
  expect(early.count).toBe(1);
  early.stop();
});

test('a probe that fails ends nothing, is logged once if it is a fault, and has changed when it succeeds', async () => {
  let failure: Error | null = null;
  const said: string[] = [];
  const { probe, settled } = probeOf(() => {
    if (failure) throw failure;
    return 'a';
  });
  const feed = new ChangeFeed([probe], (line) => said.push(line));
  const listener = listenTo(feed);
  await settled();
  const before = listener.count;
  failure = new RetryableError('database', 'PostgreSQL did not answer');
  await settled();
  expect([listener.count, said]).toEqual([before, []]);
  failure = null;
  await settled();
  expect(listener.count).toBe(before + 1);
  failure = new TypeError('a fault');
  await settled();
  expect(said).toEqual(['changes are not seen: TypeError: a fault']);
  listener.stop();
});
