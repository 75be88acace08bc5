import { afterAll, describe, test } from 'vitest';
import { EVENTS, type Event } from './small-model.ts';
import { expectRules, expectSameEnd, modelGroups, modelsOf, played } from './small-model-checks.ts';

afterAll(() => console.log(`the small model: ${played.count} cases`));

describe('one record and every act of both sides [S1–S6]', () => {
  test.each(modelGroups)('%s: ends as the rules say', (group) => expectRules(modelsOf(group)));
});

/** Calls that change nothing: failing before or after is equivalent. */
const READ = /(source|states|outbox|unseen|count|refreshes|latest edit|query changes|scan|read|read body|find by key)$/;
const SAME_FOR_READS: ReadonlySet<Event['what']> = new Set(['after', 'crash after']);
const eventsAt = (label: string): Event['what'][] =>
  EVENTS.filter((what) => what !== 'hang' && !(READ.test(label) && SAME_FOR_READS.has(what)));

// `exhaustive.nightly.test.ts` plays all groups, in each order and with each policy.
describe('a failure, crash or edit at any call of the cycle leads to the same end', () => {
  test.each(['cards, trashed'])('%s', (group) =>
    expectSameEnd(
      modelsOf(group).filter(({ conflicts, last }) => conflicts === 'row' && last === 'sql'),
      eventsAt,
    ),
  );
});
