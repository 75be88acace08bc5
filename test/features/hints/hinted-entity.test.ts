import { expect, test } from 'vitest';
import { hintedEntity } from '../../../src/features/hints/listen-for-hints.ts';

test.each([
  ['tasks', 'tasks'],
  ['calendar_personal', 'calendar_events'],
  // A hint about what is not synced would be a workflow that fails.
  ['books', null],
])('an edit of %s gives a hint for %s', (name, entity) => {
  expect(hintedEntity(name)).toBe(entity);
});
