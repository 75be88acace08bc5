import type { Client } from '@temporalio/client';
import { endLock, findLockHolder, type LockHolder } from '../../temporal/cycle-lock.ts';
import { cycleLockId } from '../../temporal/deployment-ids.ts';
import { type OpenWorkflow, readOpenWork } from '../../temporal/open-work.ts';
import { formatAgo } from '../status/format-status.ts';
import type { DoctorContext } from './doctor-context.ts';
import { FIX_COMMAND, type Finding } from './finding.ts';

/** Finds workflows that cannot go on by themselves. */
export async function openWorkFindings(
  client: Client,
  { config, connectTemporal }: Pick<DoctorContext, 'config' | 'connectTemporal'>,
): Promise<Finding[]> {
  const { taskQueue } = config.temporal;
  const lock = await findLockHolder(client, cycleLockId(taskQueue));
  const work = await readOpenWork(client, taskQueue);
  return [
    ...(lock && !lock.isHeld ? [lockOrphaned(lock, connectTemporal)] : []),
    ...work.filter(({ failingTask }) => failingTask !== null).map(workflowFailing),
  ];
}

const lockOrphaned = ({ lock, holder }: LockHolder, connectTemporal: DoctorContext['connectTemporal']): Finding => ({
  severity: 'problem',
  subject: 'temporal',
  code: 'lock_orphaned',
  what: `the cycle lock ${lock.workflowId} is held by ${holder || 'nobody'}, which is closed`,
  why: 'the next cycle takes it over by itself; a cycle of an earlier version waits for it',
  fix: FIX_COMMAND,
  applyFix: async () => {
    const { client, close } = await connectTemporal();
    try {
      await endLock(client, lock);
      return `ended the cycle lock of ${holder || 'nobody'}`;
    } finally {
      await close();
    }
  },
});

const workflowFailing = ({ workflowId, failingTask, since }: OpenWorkflow): Finding => ({
  severity: 'problem',
  subject: `temporal/${workflowId}`,
  code: 'workflow_failing',
  what: `its workflow task fails again and again, and it started ${formatAgo(since)}: ${failingTask}`,
  why: 'it does not go on, and a cycle that hangs keeps the next ones from starting',
  fix: `start workers of the version that started it, or reset or terminate it: docs/operations.md#when-a-cycle-hangs`,
});
