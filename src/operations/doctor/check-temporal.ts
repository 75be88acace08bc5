import { type Client, type ScheduleDescription, ScheduleOverlapPolicy } from '@temporalio/client';
import { ConfigurationError, LockstepError } from '../../errors.ts';
import { ifExists, jitterOf, type ScheduledDeployment } from '../../schedules.ts';
import { TemporalUnreachableError, temporalRefusal } from '../../temporal/client.ts';
import { scheduleId } from '../../temporal/deployment-ids.ts';
import { choreFindings } from './check-chores.ts';
import { namespaceFindings } from './check-namespace.ts';
import { openWorkFindings } from './check-open-work.ts';
import type { DoctorContext } from './doctor-context.ts';
import { type Check, ENSURE_COMMAND, type Finding, RESUME_COMMAND } from './finding.ts';

const RESPONSE_TIMEOUT_MS = 10_000;
/** A worker polls at least once a minute; Temporal lists a stopped one for five more minutes. */
const POLL_AGE_MS = 90_000;
const WORKFLOW_TASKS = 1;

/** Checks that Temporal responds, that the schedule starts cycles, and that a worker runs them. */
export const checkTemporal: Check = async (context) => {
  const { config, connectTemporal } = context;
  const { taskQueue } = config.temporal;
  try {
    const { client, close } = await connectTemporal();
    try {
      return await client.withDeadline(Date.now() + RESPONSE_TIMEOUT_MS, async () => [
        ...(await scheduleFindings(client, context)),
        ...(await workerFindings(client, taskQueue)),
        ...(await openWorkFindings(client, context)),
        ...(await namespaceFindings(client, context)),
      ]);
    } finally {
      await close();
    }
  } catch (error) {
    const refusal = error instanceof LockstepError ? error : temporalRefusal(error);
    if (!refusal) throw error;
    return [refusalFinding(refusal)];
  }
};

const SUBJECT = { severity: 'problem', subject: 'temporal' } as const;

function refusalFinding(error: LockstepError): Finding {
  const why = 'no cycle runs';
  if (error instanceof ConfigurationError) {
    return {
      ...SUBJECT,
      code: 'temporal_refused',
      what: error.message,
      why,
      fix: 'correct the variable that the message names, and restart the workers; to create a namespace: temporal operator namespace create --namespace NAME',
    };
  }
  if (!(error instanceof TemporalUnreachableError)) throw error;
  return {
    ...SUBJECT,
    code: 'temporal_unreachable',
    what: error.message,
    why,
    fix: 'run lockstep up, which starts its own server; or start the server at TEMPORAL_ADDRESS',
  };
}

async function scheduleFindings(client: Client, context: DoctorContext): Promise<Finding[]> {
  const { everyMs, temporal } = context.config;
  const wanted = { taskQueue: temporal.taskQueue, everyMs };
  const schedule = await ifExists(client.schedule.getHandle(scheduleId(wanted.taskQueue)).describe());
  if (!schedule) {
    return [
      {
        ...SUBJECT,
        code: 'schedule_missing',
        what: 'there is no schedule',
        why: 'cycles run only when started by hand; hints and chores do not run',
        fix: ENSURE_COMMAND,
      },
    ];
  }
  const { paused, note } = schedule.state;
  const owner = schedule.action.taskQueue;
  if (owner !== wanted.taskQueue) return [scheduleForeign(owner, wanted.taskQueue)];
  const differences = differencesOf(schedule, wanted);
  return [
    ...(differences.length > 0 ? [scheduleDiffers(differences)] : []),
    ...(paused ? [schedulePaused(note)] : []),
    // Without a schedule of cycles, those of the chores are created with it.
    ...(await choreFindings(client, context, paused)),
  ];
}

const scheduleForeign = (owner: string, taskQueue: string): Finding => ({
  ...SUBJECT,
  code: 'schedule_foreign',
  what: `the schedule starts cycles on task queue ${owner}, not ${taskQueue}: it belongs to another deployment`,
  why: 'no schedule starts cycles of this deployment',
  fix: 'lockstep schedule ensure --take-over',
});

const scheduleDiffers = (differences: readonly string[]): Finding => ({
  ...SUBJECT,
  code: 'schedule_differs',
  what: `the schedule has wrong settings: ${differences.join('; ')}`,
  why: 'cycles may start too rarely, overlap, start many at once, or start where no worker runs them',
  fix: ENSURE_COMMAND,
});

const schedulePaused = (note: string | undefined): Finding => ({
  ...SUBJECT,
  code: 'schedule_paused',
  what: `the schedule is paused${note ? ` (${note})` : ''}`,
  why: 'cycles run only when started by hand; hints and chores do not run',
  fix: RESUME_COMMAND,
});

/** The differences from what `ensureSchedule` creates. */
function differencesOf(
  { spec, action, policies }: ScheduleDescription,
  { everyMs }: Required<ScheduledDeployment>,
): string[] {
  const intervals = spec.intervals ?? [];
  const isRight = intervals.length === 1 && intervals[0]?.every === everyMs && !spec.calendars?.length;
  const minutes = everyMs / 60_000;
  return [
    ...(isRight ? [] : [`it does not run every ${minutes} minutes, as LOCKSTEP_EVERY says`]),
    ...(spec.jitter === jitterOf(everyMs) ? [] : ['it has another jitter']),
    ...(action.workflowType === 'syncCycle' ? [] : [`it starts ${action.workflowType}`]),
    ...(policies.overlap === ScheduleOverlapPolicy.SKIP
      ? []
      : [`overlapping cycles are not skipped (${policies.overlap})`]),
    ...(policies.catchupWindow === everyMs
      ? []
      : [
          `it catches up on missed cycles within ${Math.round(policies.catchupWindow / 60_000)} minutes, not ${minutes}`,
        ]),
    ...(policies.pauseOnFailure ? ['it pauses when a cycle fails'] : []),
  ];
}

async function workerFindings(client: Client, taskQueue: string): Promise<Finding[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORKFLOW_TASKS,
  });
  const isPolling = (pollers ?? []).some(
    ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > Date.now() - POLL_AGE_MS,
  );
  if (isPolling) return [];
  return [
    {
      ...SUBJECT,
      code: 'worker_missing',
      what: `no worker polls the task queue ${taskQueue}`,
      why: 'cycles are started, but no worker runs them',
      fix: 'run lockstep worker (or lockstep up, which includes one), with the same TEMPORAL_TASK_QUEUE',
    },
  ];
}
