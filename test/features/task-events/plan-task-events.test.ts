import { describe, expect, test } from 'vitest';
import { type Due, dueToSlot } from '../../../src/features/task-events/due.ts';
import {
  type KnownEvent,
  type KnownTask,
  planTaskEvents,
  type Situation,
  type TaskEventChange,
  type TaskLink,
} from '../../../src/features/task-events/plan-task-events.ts';

const ZONE = 'America/Los_Angeles';
const NOW = new Date('2026-12-01T20:00:00Z');
const EARLIER = new Date('2026-12-01T10:00:00Z');
const LATER = new Date('2026-12-01T10:05:00Z');
const on = (date: string, time: string | null = null): Due => ({ date, time });
const CHRISTMAS = on('2026-12-24');

const task = (more: Partial<KnownTask> = {}): KnownTask => ({
  title: 'Wrap gifts',
  notes: 'With **paper**',
  due: CHRISTMAS,
  open: true,
  editedAt: EARLIER,
  ...more,
});
const event = (due: Due = CHRISTMAS, more: Partial<KnownEvent> = {}): KnownEvent => ({
  eventId: 'event',
  summary: 'Wrap gifts',
  description: 'With **paper**',
  slot: dueToSlot(due, ZONE),
  editedAt: EARLIER,
  ...more,
});
const link = (more: Partial<TaskLink> = {}): TaskLink => ({
  eventId: 'event',
  due: CHRISTMAS,
  title: 'Wrap gifts',
  notes: 'With **paper**',
  dismissed: false,
  ...more,
});
const NO_EVENT = { eventId: null };
const DISMISSED = { eventId: null, dismissed: true };

const planned = (situation: Partial<Omit<Situation, 'taskId'>>, now = NOW): TaskEventChange[] =>
  planTaskEvents([{ taskId: 'task', task: null, event: null, link: null, ...situation }], {
    now,
    timeZone: ZONE,
    newId: () => 'new',
  });
const kinds = (changes: readonly TaskEventChange[]): string[] => changes.map(({ kind }) => kind);

describe('a task without an event', () => {
  test('gets one for an upcoming due date, with its title and notes', () => {
    expect(planned({ task: task() })).toEqual([
      {
        kind: 'create',
        taskId: 'task',
        eventId: 'new',
        slot: dueToSlot(CHRISTMAS, ZONE),
        summary: 'Wrap gifts',
        description: 'With **paper**',
        link: link({ eventId: 'new' }),
      },
    ]);
  });

  test.each<[string, Partial<KnownTask>, string[]]>([
    ['today', { due: on('2026-12-01') }, ['create']],
    ['yesterday', { due: on('2026-11-30') }, []],
    ['a time to come', { due: on('2026-12-01', '12:00:01') }, ['create']],
    ['a time gone by', { due: on('2026-12-01', '12:00:00') }, []],
    ['no date', { due: null }, []],
    ['finished', { open: false }, []],
  ])('%s', (_, more, expected) => {
    expect(kinds(planned({ task: task(more) }))).toEqual(expected);
  });

  test('omits an empty title and empty notes', () => {
    expect(planned({ task: task({ title: '', notes: '' }) })).toMatchObject([{ summary: null, description: null }]);
    // Google accepts no more.
    expect(planned({ task: task({ notes: 'n'.repeat(15_000) }) })).toMatchObject([
      { description: `${'n'.repeat(8_191)}…` },
    ]);
  });
});

describe('a task and its event', () => {
  test('in sync: no changes', () => {
    expect(planned({ task: task(), event: event(), link: link() })).toEqual([]);
  });

  test('a moved task moves its event, also into the past and to a time', () => {
    for (const due of [on('2026-12-31'), on('2026-11-01'), on('2026-12-24', '18:00:00')]) {
      expect(planned({ task: task({ due }), event: event(), link: link() })).toEqual([
        {
          kind: 'move',
          taskId: 'task',
          eventId: 'event',
          slot: dueToSlot(due, ZONE),
          editedAt: EARLIER,
          link: link({ due }),
        },
      ]);
    }
  });

  test.each<[string, Due]>([
    ['to another day', on('2026-12-26')],
    ['into the past', on('2026-11-01')],
    ['to a time', on('2026-12-24', '18:15:00')],
  ])('an event moved %s reschedules the task', (_, due) => {
    expect(planned({ task: task(), event: event(due, { editedAt: LATER }), link: link() })).toEqual([
      { kind: 'reschedule', taskId: 'task', due, editedAt: LATER, link: link({ due }) },
    ]);
  });

  test('an event made all-day clears the time', () => {
    const timed = on('2026-12-24', '18:15:00');
    expect(planned({ task: task({ due: timed }), event: event(), link: link({ due: timed }) })).toMatchObject([
      { kind: 'reschedule', due: CHRISTMAS },
    ]);
  });

  test('an event that only got longer does not reschedule the task, and keeps its length when the task moves it', () => {
    const longer = event(CHRISTMAS, { slot: { ...dueToSlot(CHRISTMAS, ZONE), end: '2026-12-27T08:00:00.000Z' } });
    expect(planned({ task: task(), event: longer, link: link() })).toEqual([]);
    expect(planned({ task: task({ due: on('2026-12-28') }), event: longer, link: link() })).toMatchObject([
      { kind: 'move', slot: { start: '2026-12-28T08:00:00.000Z', end: '2026-12-31T08:00:00.000Z' } },
    ]);
  });

  test('both moved: the newest edit wins, and a tie goes to the event', () => {
    const both = (taskEdit: Date | null, eventEdit: Date | null) =>
      kinds(
        planned({
          task: task({ due: on('2026-12-31'), editedAt: taskEdit }),
          event: event(on('2026-12-26'), { editedAt: eventEdit }),
          link: link(),
        }),
      );
    expect(both(LATER, EARLIER)).toEqual(['move']);
    expect(both(EARLIER, LATER)).toEqual(['reschedule']);
    expect(both(LATER, LATER)).toEqual(['reschedule']);
    expect(both(LATER, null)).toEqual(['move']);
    expect(both(null, null)).toEqual(['reschedule']);
  });

  test('both moved to the same date: only the link changes', () => {
    const due = on('2026-12-31');
    expect(planned({ task: task({ due }), event: event(due), link: link() })).toEqual([
      { kind: 'agree', taskId: 'task', link: link({ due }) },
    ]);
  });

  test.each<[string, Partial<KnownTask>]>([
    ['finished, cancelled or archived', { open: false }],
    ['cleared', { due: null }],
    ['finished and moved', { open: false, due: on('2026-12-31') }],
  ])('a task %s loses its event', (_, more) => {
    const { due } = task(more);
    expect(planned({ task: task(more), event: event(), link: link() })).toEqual([
      { kind: 'remove', taskId: 'task', eventId: 'event', editedAt: EARLIER, link: link({ ...NO_EVENT, due }) },
    ]);
  });

  test('finishing removes an event that was moved meanwhile, and reschedules nothing', () => {
    const moved = event(on('2026-12-26'), { editedAt: LATER });
    expect(kinds(planned({ task: task({ open: false }), event: moved, link: link() }))).toEqual(['remove']);
  });

  test('a cleared due date and a moved event: the newest edit wins', () => {
    const both = (eventEdit: Date) =>
      kinds(
        planned({ task: task({ due: null }), event: event(on('2026-12-26'), { editedAt: eventEdit }), link: link() }),
      );
    expect(both(LATER)).toEqual(['reschedule']);
    expect(both(new Date(0))).toEqual(['remove']);
  });

  test('an event whose task was deleted permanently is removed', () => {
    expect(planned({ event: event(), link: link() })).toMatchObject([{ kind: 'remove', link: NO_EVENT }]);
    expect(planned({ link: link(NO_EVENT) })).toEqual([]);
  });

  test('an event that lost its start gets it back', () => {
    expect(planned({ task: task(), event: event(CHRISTMAS, { slot: null }), link: link() })).toMatchObject([
      { kind: 'move', slot: dueToSlot(CHRISTMAS, ZONE) },
    ]);
  });

  test('a time that a clock change skips is not taken for a move', () => {
    const skipped = on('2027-03-14', '02:30:00');
    expect(planned({ task: task({ due: skipped }), event: event(skipped), link: link({ due: skipped }) })).toEqual([]);
    const moved = { task: task({ due: skipped }), event: event(on('2027-03-15')), link: link({ due: skipped }) };
    expect(kinds(planned(moved))).toEqual(['reschedule']);
    const atRest = { event: event(skipped, { editedAt: LATER }), link: link({ due: skipped }) };
    expect(kinds(planned({ task: task({ due: on('2027-03-15') }), ...atRest }))).toEqual(['move']);
  });
});

describe('texts', () => {
  test('follow the task when they change there', () => {
    expect(planned({ task: task({ title: 'Wrap', notes: null }), event: event(), link: link() })).toEqual([
      {
        kind: 'retitle',
        taskId: 'task',
        eventId: 'event',
        summary: 'Wrap',
        description: null,
        editedAt: EARLIER,
        link: link({ title: 'Wrap', notes: null }),
      },
    ]);
  });

  test("of the event stay as the user set them until the task's change, each separately", () => {
    const renamed = event(CHRISTMAS, { summary: 'GIFTS!' });
    expect(planned({ task: task(), event: renamed, link: link() })).toEqual([]);
    expect(planned({ task: task({ notes: 'With bows' }), event: renamed, link: link() })).toMatchObject([
      { kind: 'retitle', summary: 'GIFTS!', description: 'With bows' },
    ]);
    expect(planned({ task: task({ title: 'Wrap' }), event: renamed, link: link() })).toMatchObject([
      { kind: 'retitle', summary: 'Wrap', description: 'With **paper**' },
    ]);
  });

  test('that became equal on both sides only change the link', () => {
    const renamed = { task: task({ title: 'Wrap' }), event: event(CHRISTMAS, { summary: 'Wrap' }), link: link() };
    expect(planned(renamed)).toEqual([{ kind: 'agree', taskId: 'task', link: link({ title: 'Wrap' }) }]);
  });

  test('follow in a separate change when the event moved', () => {
    const due = on('2026-12-26');
    const [first, second, ...rest] = planned({
      task: task({ title: 'Wrap' }),
      event: event(due, { editedAt: LATER }),
      link: link(),
    });
    expect(first).toMatchObject({ kind: 'reschedule', due, link: link({ due }) });
    expect(second).toMatchObject({ kind: 'retitle', summary: 'Wrap', link: link({ due, title: 'Wrap' }) });
    expect(rest).toEqual([]);
  });
});

describe('an event that the user deleted', () => {
  test('is dismissed, and not created again until the due date changes', () => {
    expect(planned({ task: task(), link: link() })).toEqual([
      { kind: 'dismiss', taskId: 'task', link: link(DISMISSED) },
    ]);
    expect(planned({ task: task(), link: link(DISMISSED) })).toEqual([]);
    expect(planned({ task: task({ title: 'Wrap' }), link: link(DISMISSED) })).toEqual([]);
  });

  test('is replaced by a new one when the date or time changes', () => {
    for (const due of [on('2026-12-26'), on('2026-12-24', '18:00:00')]) {
      for (const before of [link(DISMISSED), link()]) {
        expect(planned({ task: task({ due }), link: before })).toMatchObject([{ kind: 'create', eventId: 'new' }]);
      }
    }
  });

  test('and whose date was cleared or moved to the past can be created again on the old date', () => {
    for (const due of [null, on('2026-11-01')]) {
      const [change, ...rest] = planned({ task: task({ due }), link: link(DISMISSED) });
      expect(change).toEqual({ kind: 'agree', taskId: 'task', link: link({ ...NO_EVENT, due }) });
      expect(rest).toEqual([]);
      expect(planned({ task: task(), link: change?.link ?? null })).toMatchObject([{ kind: 'create' }]);
    }
  });

  test('stays dismissed when the task is finished and opened again', () => {
    expect(planned({ task: task({ open: false }), link: link(DISMISSED) })).toEqual([]);
  });

  test('is linked again when the user restores it', () => {
    expect(planned({ task: task(), event: event(), link: link(DISMISSED) })).toEqual([
      { kind: 'agree', taskId: 'task', link: link() },
    ]);
  });
});

describe('an event that the sync removed', () => {
  test('is replaced by a new one when the task is reopened, or gets its date back', () => {
    for (const before of [link(NO_EVENT), link({ ...NO_EVENT, due: null })]) {
      expect(planned({ task: task(), link: before })).toMatchObject([{ kind: 'create', eventId: 'new' }]);
    }
  });

  test('is linked again when the user restores it for a reopened task', () => {
    expect(planned({ task: task(), event: event(), link: link(NO_EVENT) })).toEqual([
      { kind: 'agree', taskId: 'task', link: link() },
    ]);
  });

  test('is removed again for a closed task; for an open task it restores the date', () => {
    expect(kinds(planned({ task: task({ open: false }), event: event(), link: link(NO_EVENT) }))).toEqual(['remove']);
    const cleared = { task: task({ due: null }), event: event(), link: link({ ...NO_EVENT, due: null }) };
    expect(planned(cleared)).toMatchObject([{ kind: 'reschedule', due: CHRISTMAS }]);
  });
});

describe('an event that came back after the due date had changed', () => {
  const changed = { due: on('2026-12-28'), title: 'Wrap gifts', notes: 'With **paper**' };
  const returned = (editedAt: Date) =>
    planned({
      task: task({ due: changed.due }),
      event: event(CHRISTMAS, { editedAt }),
      link: link({ ...changed, ...NO_EVENT }),
    });

  test('moves to the due date, which is the newer edit', () => {
    const older = new Date('2026-12-01T09:00:00Z');
    expect(returned(older)).toMatchObject([
      { kind: 'move', slot: dueToSlot(changed.due, ZONE), contest: { winner: 'task' } },
    ]);
  });

  test('reschedules the task if it was edited later, and the due date is kept', () => {
    expect(returned(LATER)).toMatchObject([{ kind: 'reschedule', due: CHRISTMAS, contest: { winner: 'event' } }]);
  });
});

describe('an event without a link', () => {
  test('that matches is adopted, and its own title stays', () => {
    expect(planned({ task: task(), event: event(CHRISTMAS, { summary: 'GIFTS!' }) })).toEqual([
      { kind: 'agree', taskId: 'task', link: link() },
    ]);
  });

  test('that does not match: the newest edit wins', () => {
    const elsewhere = (editedAt: Date) =>
      kinds(planned({ task: task(), event: event(on('2026-12-26'), { editedAt }) }));
    expect(elsewhere(LATER)).toEqual(['reschedule']);
    expect(elsewhere(new Date(0))).toEqual(['move']);
  });
});
