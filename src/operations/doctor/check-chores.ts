import type { Client } from '@temporalio/client';
import type { Config } from '../../config.ts';
import { type ChoreProblem, findChoreProblems } from '../../features/chores/chore-schedules.ts';
import type { Finding } from './finding.ts';

const EXPLANATIONS: Readonly<Record<ChoreProblem, Pick<Finding, 'what' | 'why' | 'fix'>>> = {
  missing: {
    what: 'these chores have no schedule',
    why: 'what they keep up is not kept up',
    fix: 'lockstep schedule ensure',
  },
  paused: {
    what: 'the schedules of these chores are paused, that of the cycles is not',
    why: 'what they keep up is not kept up',
    fix: 'lockstep schedule resume',
  },
  foreign: {
    what: 'the schedules of these chores belong to another deployment',
    why: 'no schedule starts them here',
    fix: 'lockstep schedule ensure --take-over',
  },
  'not configured': {
    what: 'these chores have a schedule, but their configuration is missing',
    why: 'they run and do nothing',
    fix: 'lockstep schedule ensure',
  },
};

/** Compares the schedules of the chores with the configuration. */
export async function choreFindings(client: Client, config: Config): Promise<Finding[]> {
  return [...(await findChoreProblems(client, config))].map(([problem, names]) => {
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
