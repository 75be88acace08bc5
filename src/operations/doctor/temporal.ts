import { type Client, type ScheduleDescription, ScheduleOverlapPolicy } from '@temporalio/client';
import { ConfigurationError, FinalError, LockstepError } from '../../errors.ts';
import { describeSchedule } from '../../schedules.ts';
import { TemporalUnreachableError, temporalRefusal } from '../../temporal/client.ts';
import type { Check, Finding } from './finding.ts';

const ANSWER_WITHIN_MS = 10_000;
/** A worker asks for work again after a minute at most; Temporal remembers one for five that is gone. */
const ASKS_WITHIN_MS = 90_000;
const TEN_MINUTES_MS = 600_000;
const WORKFLOW_TASKS = 1;

/** Whether Temporal answers, cycles are started, and somebody runs them. */
export const temporal: Check = async ({ config, connectTemporal }) => {
  const { taskQueue } = config.temporal;
  try {
    const { client, close } = await connectTemporal();
    try {
      return await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, async () => [
        ...(await ofSchedule(client, taskQueue)),
        ...(await ofWorkers(client, taskQueue)),
      ]);
    } finally {
      await close();
    }
  } catch (error) {
    const refusal = error instanceof LockstepError ? error : temporalRefusal(error);
    if (!refusal) throw error;
    return [refused(refusal)];
  }
};

const SUBJECT = { severity: 'problem', subject: 'temporal' } as const;

function refused(error: LockstepError): Finding {
  const why = 'no cycle runs';
  if (error instanceof ConfigurationError) {
    return {
      ...SUBJECT,
      code: 'temporal_refused',
      what: error.message,
      why,
      mend: 'mend the variable that it names, and start the workers again; a namespace is made by: temporal operator namespace create --namespace NAME',
    };
  }
  if (!(error instanceof TemporalUnreachableError)) throw error;
  return {
    ...SUBJECT,
    code: 'temporal_unreachable',
    what: error.message,
    why,
    mend: 'lockstep up, which brings its own; or start the server that TEMPORAL_ADDRESS names',
  };
}

async function ofSchedule(client: Client, taskQueue: string): Promise<Finding[]> {
  const schedule = await describeSchedule(client).catch((error: unknown) => {
    if (error instanceof FinalError && error.code === 'schedule_missing') return null;
    throw error;
  });
  if (!schedule) {
    return [
      {
        ...SUBJECT,
        code: 'schedule_missing',
        what: 'there is no schedule',
        why: 'a cycle runs only when somebody starts one',
        mend: 'lockstep schedule ensure',
      },
    ];
  }
  const { paused, note } = schedule.state;
  const differences = differencesOf(schedule, taskQueue);
  return [...(differences.length > 0 ? [differs(differences)] : []), ...(paused ? [pausedSchedule(note)] : [])];
}

const differs = (differences: readonly string[]): Finding => ({
  ...SUBJECT,
  code: 'schedule_differs',
  what: `the schedule is not as it shall be: ${differences.join('; ')}`,
  why: 'cycles may be started too seldom, twice at once, late in a heap, or where nobody takes them',
  mend: 'lockstep schedule ensure',
});

const pausedSchedule = (note: string | undefined): Finding => ({
  ...SUBJECT,
  code: 'schedule_paused',
  what: `the schedule is paused${note ? ` (${note})` : ''}`,
  why: 'a cycle runs only when somebody starts one',
  mend: 'lockstep schedule resume',
});

/** As `ensureSchedule` makes it. */
function differencesOf({ spec, action, policies }: ScheduleDescription, taskQueue: string): string[] {
  const intervals = spec.intervals ?? [];
  const everyTenMinutes = intervals.length === 1 && intervals[0]?.every === TEN_MINUTES_MS && !spec.calendars?.length;
  return [
    ...(everyTenMinutes ? [] : ['it does not run every ten minutes']),
    ...(action.taskQueue === taskQueue ? [] : [`it starts cycles on task queue ${action.taskQueue}, not ${taskQueue}`]),
    ...(action.workflowType === 'syncCycle' ? [] : [`it starts ${action.workflowType}`]),
    ...(policies.overlap === ScheduleOverlapPolicy.SKIP ? [] : [`what overlaps is not skipped (${policies.overlap})`]),
    ...(policies.catchupWindow === TEN_MINUTES_MS
      ? []
      : [`it makes up for what it missed within ${Math.round(policies.catchupWindow / 60_000)} minutes, not 10`]),
    ...(policies.pauseOnFailure ? ['it pauses when a cycle fails'] : []),
  ];
}

async function ofWorkers(client: Client, taskQueue: string): Promise<Finding[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORKFLOW_TASKS,
  });
  const isThere = (pollers ?? []).some(
    ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > Date.now() - ASKS_WITHIN_MS,
  );
  if (isThere) return [];
  return [
    {
      ...SUBJECT,
      code: 'worker_missing',
      what: `no worker asks for work on task queue ${taskQueue}`,
      why: 'cycles are started, and nobody runs them',
      mend: 'lockstep worker (or lockstep up, which brings one), with the same TEMPORAL_TASK_QUEUE',
    },
  ];
}
