import { afterAll, vi } from 'vitest';
import { dropTemplate } from '../support/hostile-database.ts';

vi.mock('../support/database.ts', () => import('../support/hostile-database.ts'));

afterAll(dropTemplate);

// What these files test holds whatever settings the owner's database has.
await import('../database/entity-store.pg.test.ts');
await import('../features/task-events/task-events.pg.test.ts');
await import('./computed.pg.test.ts');
await import('./conflict-rule.pg.test.ts');
await import('./owner-triggers.pg.test.ts');
await import('./unanswered-writes.pg.test.ts');
