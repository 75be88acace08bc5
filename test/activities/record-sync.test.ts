import { ApplicationFailure } from '@temporalio/activity';
import { expect, test } from 'vitest';
import { recordedSync } from '../../src/activities/record-sync.ts';
import type { WorkerServices } from '../../src/runtime/services.ts';

test('a dry run that an earlier version started is refused, and nothing is written', async () => {
  const sync = recordedSync({} as WorkerServices, 'inbound', () => expect.fail('it ran')); // it uses no service
  const request = { cycleId: 'c', name: 'tasks-notion-to-sql', entity: 'tasks', sweep: false, acceptArchive: false };
  const refusal = await sync({ ...request, ...{ dryRun: { inbound: ['tasks'] } } }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ApplicationFailure);
  expect(refusal).toMatchObject({ type: 'old_dry_run', nonRetryable: true });
});
