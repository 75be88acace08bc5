import { expect, test } from 'vitest';
import type { Approval } from '../../../src/operations/history/approvals.ts';
import { attentionOf, describeBacklog } from '../../../src/operations/status/attention.ts';
import { NOTHING_PENDING } from '../../../src/operations/status/entity-health.ts';
import { healthOf, minutesAgo } from '../../interfaces/dashboard/support.ts';

const pending = (counts: object) => ({ pending: new Map([['tasks', { ...NOTHING_PENDING, ...counts }]]) });

test('a deployment in which all is well needs no attention', () => {
  expect(attentionOf(healthOf())).toEqual([]);
  // What the next cycle sends is no backlog.
  expect(attentionOf({ ...healthOf(), ...pending({ edits: 20 }) })).toEqual([]);
});

test('conflicts, approvals and a backlog each need attention', () => {
  expect(attentionOf({ ...healthOf(), ...pending({ conflicts: 2 }) })).toEqual([
    { entity: 'tasks', reasons: ['2 open conflicts'] },
  ]);
  const approval: Approval = {
    id: 'a',
    entity: 'tasks',
    direction: 'inbound',
    reason: 'many',
    createdAt: minutesAgo(1),
    closedAt: null,
    outcome: null,
    recordIds: ['r', 's'],
  };
  expect(attentionOf({ ...healthOf(), approvals: [approval] })).toEqual([
    { entity: 'tasks', reasons: ['2 rows of trashed pages wait for an approval'] },
  ]);
  expect(attentionOf({ ...healthOf(), ...pending({ edits: 1_500 }) })).toEqual([
    { entity: 'tasks', reasons: ['a backlog of 1,500 edits, 16 minutes or more'] },
  ]);
});

test('the backlog is described from a minute on', () => {
  expect(describeBacklog({ ...NOTHING_PENDING, edits: 80 }, 180)).toBe('');
  expect(describeBacklog({ ...NOTHING_PENDING, edits: 80, creations: 100 }, 180)).toBe('180 edits, 1 minute or more');
});
