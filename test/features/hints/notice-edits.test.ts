import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTooShort, MAX_READ_AGAIN, type Memory, noticeEdits } from '../../../src/features/hints/notice-edits.ts';
import type { RecentEdit, RecentEdits } from '../../../src/notion/recent-edits.ts';

const OWN = 'lockstep';
const MINUTE = 60_000;
const at = (clock: string): Date => new Date(`2026-03-01T${clock}Z`);
const floored = (time: Date): Date => new Date(Math.floor(time.getTime() / MINUTE) * MINUTE);
const edit = (pageId: string, clock: string, editedBy = 'ann'): RecentEdit => ({
  ...{ pageId, sourceId: 'tasks', editedBy },
  editedAt: floored(at(clock)),
});

type Answer = readonly [clock: string, edits: readonly RecentEdit[], isCut?: boolean];

/** The ids that each of several polls gives. */
function idsOf(...answers: readonly Answer[]): (readonly string[])[] {
  let memory: Memory | null = null;
  return answers.map((answer) => {
    const noticed = noticeEdits(memory, toEdits(answer), OWN);
    memory = noticed.memory;
    return noticed.pages.map(({ pageId }) => pageId);
  });
}

const toEdits = ([clock, edits, isCut = false]: Answer): RecentEdits => ({ edits, isCut, answeredAt: at(clock) });

describe('edits in Notion, by polling', () => {
  test('the first answer is only remembered; then an edit is noticed once, when its minute was over', () => {
    const old = edit('a', '11:58:00');
    expect(
      idsOf(
        ['12:00:05', [old]],
        ['12:00:20', [old]],
        ['12:02:00', [edit('b', '12:01:59'), old]],
        ['12:02:15', [edit('b', '12:01:59'), old]],
      ),
    ).toEqual([[], [], ['b'], []]);
  });

  test('a page may be edited again in the same minute: it is read again until that is over', () => {
    const once = edit('a', '12:00:10');
    expect(
      idsOf(
        ['12:00:05', []],
        ['12:00:20', [once]],
        ['12:00:35', [once]],
        ['12:00:50', [once]],
        ['12:01:05', [once]],
        ['12:01:20', [once]],
      ),
    ).toEqual([[], ['a'], ['a'], ['a'], ['a'], []]);
  });

  test('of many such pages, a few are read at once, and all of them when the minute is over', () => {
    const edits = ['a', 'b', 'c', 'd', 'e'].map((id) => edit(id, '12:00:10'));
    const [, fresh, again, over, after] = idsOf(
      ['12:00:05', []],
      ['12:00:20', edits],
      ['12:00:35', edits],
      ['12:01:05', edits],
      ['12:01:20', edits],
    );
    expect([fresh?.length, again?.length, over?.length, after?.length]).toEqual([5, MAX_READ_AGAIN, 5, 0]);
  });

  test('an edit in the minute of the first poll may be newer than it', () => {
    const now = edit('a', '12:00:02');
    expect(idsOf(['12:00:05', [now]], ['12:00:20', [now]], ['12:01:00', [now]], ['12:01:15', [now]])).toEqual([
      [],
      ['a'],
      ['a'],
      [],
    ]);
  });

  test("Lockstep's own write is no news, but a person's edit in the same minute is", () => {
    expect(
      idsOf(
        ['12:00:05', []],
        ['12:02:00', [edit('a', '12:01:50', OWN)]],
        ['12:02:15', [edit('a', '12:01:50')]],
        ['12:02:30', [edit('a', '12:01:50', OWN)]],
      ),
    ).toEqual([[], [], ['a'], []]);
  });

  test('an older page that moves up when a newer one is trashed is no news', () => {
    const [newest, middle, oldest] = [edit('a', '11:59:00'), edit('b', '11:58:00'), edit('c', '11:57:00')];
    expect(idsOf(['12:00:05', [newest, middle], true], ['12:00:20', [middle, oldest], false])).toEqual([[], []]);
    const [fresh, late] = [edit('d', '12:05:00'), edit('e', '12:03:00')];
    expect(idsOf(['12:00:05', []], ['12:06:00', [fresh], true], ['12:06:15', [late], true])).toEqual([[], ['d'], []]);
  });

  test.each<[boolean, string, Answer]>([
    [
      false,
      'the answer reaches back to the minute before',
      ['12:05:15', [edit('a', '12:05:10'), edit('b', '12:04:59')], true],
    ],
    [
      true,
      'it ends in the minute of the last poll',
      ['12:05:15', [edit('a', '12:05:10'), edit('b', '12:05:00')], true],
    ],
    [false, 'it is complete', ['12:05:15', [edit('a', '12:05:10'), edit('b', '12:05:00')], false]],
    [true, 'it ends later', ['12:09:00', [edit('a', '12:07:00'), edit('b', '12:07:00')], true]],
  ])('there may be more edits than an answer shows: %s, when %s', (expected, _when, answer) => {
    const { memory } = noticeEdits(null, { edits: [], isCut: false, answeredAt: at('12:05:05') }, OWN);
    expect(isTooShort(memory, toEdits(answer))).toBe(expected);
    expect(isTooShort(null, toEdits(answer))).toBe(false);
  });

  test('whatever is edited and whenever, the page is read afterwards, and at rest nothing is', () => {
    const step = fc.record({
      seconds: fc.integer({ min: 1, max: 90 }),
      page: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      isPoll: fc.boolean(),
    });
    const lag = fc.integer({ min: 0, max: 70 });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        lag,
        fc.integer({ min: 0, max: 59 }),
        (steps, lagSeconds, from) => {
          const world = new World(at('12:00:00').getTime() + from * 1000, lagSeconds * 1000);
          world.poll();
          for (const { seconds, page, isPoll } of steps) {
            world.now += seconds * 1000;
            if (isPoll) world.poll();
            else world.edit(page);
          }
          for (let polls = 0; polls < 12; polls += 1) {
            world.now += 15_000;
            world.poll();
          }
          expect([...world.unread]).toEqual([]);
          world.now += 15_000;
          expect(world.poll()).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** Pages that a person edits, a search that lags behind, and a poll of it. */
class World {
  now: number;
  readonly unread = new Set<string>();
  readonly #start: number;
  readonly #lagMs: number;
  readonly #edits: { pageId: string; ms: number }[] = [];
  #memory: Memory | null = null;

  constructor(now: number, lagMs: number) {
    [this.now, this.#start, this.#lagMs] = [now, now, lagMs];
  }

  edit(pageId: string): void {
    this.#edits.push({ pageId, ms: this.now });
    this.unread.add(pageId);
  }

  poll(): readonly string[] {
    const noticed = noticeEdits(this.#memory, this.#search(), OWN);
    this.#memory = noticed.memory;
    const ids = noticed.pages.map(({ pageId }) => pageId);
    // A page is read as it is now, however late search shows it.
    for (const id of ids) this.unread.delete(id);
    return ids;
  }

  #search(): RecentEdits {
    const last = new Map<string, RecentEdit>();
    for (const { pageId, ms } of this.#edits) {
      if (ms > this.now - this.#lagMs || ms < this.#start) continue;
      last.set(pageId, { pageId, sourceId: 'tasks', editedAt: floored(new Date(ms)), editedBy: 'ann' });
    }
    const edits = [...last.values()].sort((a, b) => b.editedAt.getTime() - a.editedAt.getTime());
    return { edits, isCut: false, answeredAt: new Date(this.now) };
  }
}
