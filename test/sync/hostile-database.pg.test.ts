import { afterAll } from 'vitest';
import { changeFreshDatabases } from '../support/database.ts';
import { dropTemplate, hostileDatabase } from '../support/hostile-database.ts';

afterAll(changeFreshDatabases(hostileDatabase));
afterAll(dropTemplate);

// What these files test holds whatever settings the owner's database has.
for (const file of [
  '../database/entity-store.pg.test.ts',
  '../features/task-events/task-events.pg.test.ts',
  './computed.pg.test.ts',
  './conflict-rule.pg.test.ts',
  './owner-triggers.pg.test.ts',
  './unanswered-writes.pg.test.ts',
]) {
  // Without a name of its own, a file that has run in this process would not register its tests again.
  await import(`${file}?hostile`);
}
