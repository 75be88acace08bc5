import type { Client, ScheduleDescription } from '@temporalio/client';
import { ifExists } from '../../schedules.ts';
import { choreScheduleId } from '../../temporal/deployment-ids.ts';
import type { DoctorContext } from './doctor-context.ts';
import { ENSURE_COMMAND, type Finding, RESUME_COMMAND } from './finding.ts';

/** A chore of this deployment. */
export interface ListedChore {
  readonly name: string;
  /** Only a configured chore has a schedule. */
  readonly isConfigured: boolean;
}

type ChoreProblem = 'missing' | 'paused' | 'foreign' | 'not configured';

const EXPLANATIONS: Readonly<Record<ChoreProblem, Pick<Finding, 'what' | 'why' | 'fix'>>> = {
  missing: {
    what: 'these chores have no schedule',
    why: 'without one they do not run',
    fix: ENSURE_COMMAND,
  },
  paused: {
    what: 'the schedules of these chores are paused, that of the cycles is not',
    why: 'a paused chore does not run',
    fix: RESUME_COMMAND,
  },
  foreign: {
    what: 'the schedules of these chores belong to another deployment',
    why: 'no schedule starts them here',
    fix: 'lockstep schedule ensure --take-over',
  },
  'not configured': {
    what: 'these chores have a schedule, but their configuration is missing',
    why: 'they run and do nothing',
    fix: ENSURE_COMMAND,
  },
};

/**
 * Compares the schedules of the chores with the configuration.
 * @param arePaused whether the schedule of cycles is paused, and theirs with it
 */
export async function choreFindings(
  client: Client,
  { config, chores }: DoctorContext,
  arePaused: boolean,
): Promise<Finding[]> {
  const { taskQueue } = config.temporal;
  const namesByProblem = new Map<ChoreProblem, string[]>();
  for (const { name, isConfigured } of chores) {
    const schedule = await ifExists(client.schedule.getHandle(choreScheduleId(name, taskQueue)).describe());
    const problem = problemOf(schedule, { isConfigured, arePaused, taskQueue });
    if (problem) namesByProblem.set(problem, [...(namesByProblem.get(problem) ?? []), name]);
  }
  return [...namesByProblem].map(([problem, names]) => {
    const { what, ...others } = EXPLANATIONS[problem];
    return {
      severity: 'problem',
      subject: 'temporal',
      code: 'chore_schedule',
      what: `${what}: ${names.join(', ')}`,
      ...others,
    };
  });
}

function problemOf(
  schedule: ScheduleDescription | null,
  { isConfigured, arePaused, taskQueue }: { isConfigured: boolean; arePaused: boolean; taskQueue: string },
): ChoreProblem | null {
  if (!schedule) return isConfigured ? 'missing' : null;
  if (schedule.action.taskQueue !== taskQueue) return 'foreign';
  if (!isConfigured) return 'not configured';
  return schedule.state.paused && !arePaused ? 'paused' : null;
}
