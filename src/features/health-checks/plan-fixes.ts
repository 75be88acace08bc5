import {
  type Fix,
  type FixStep,
  fixedStatus,
  type KnownProblem,
  openStatuses,
  type Problem,
} from './health-findings.ts';

/** After a machine wakes up, its first cycle resolves many problems. */
const WATCH_MS = 10 * 60_000;

/** Plans the steps that make the fixes match the problems. Pure. */
export function planFixes(problems: readonly Problem[], known: readonly KnownProblem[], now: Date): FixStep[] {
  const byKey = new Map(known.map((one) => [one.key, one]));
  const seen = new Set(problems.map(({ key }) => key));
  return [
    ...problems.flatMap((problem) => stepsForProblem(problem, byKey.get(problem.key), now)),
    ...known.flatMap((one) => (seen.has(one.key) ? [] : stepsWithoutProblem(one))),
  ];
}

function stepsForProblem(problem: Problem, known: KnownProblem | undefined, now: Date): FixStep[] {
  if (!known || known.closedAt) return [{ kind: 'watch', problem }];
  const fix = known.fix?.archived ? null : known.fix;
  if (known.openedAt) {
    const isOurs = fix !== null && isOpen(fix) && fix.description === known.description;
    return isOurs && fix.description !== problem.description ? [{ kind: 'update', problem, fixId: fix.id }] : [];
  }
  if (now.getTime() - known.seenAt.getTime() < WATCH_MS) return [];
  if (!fix) return [{ kind: 'open', problem }];
  return isOpen(fix) || fix.status === fixedStatus()
    ? [{ kind: 'reopen', problem, fixId: fix.id }]
    : [{ kind: 'leave', problem }];
}

function stepsWithoutProblem({ key, openedAt, closedAt, fix }: KnownProblem): FixStep[] {
  if (closedAt) return [];
  if (!openedAt && !fix) return [{ kind: 'forget', key }];
  return [{ kind: 'fixed', key, fixId: openedAt && fix && !fix.archived && isOpen(fix) ? fix.id : null }];
}

const isOpen = ({ status }: Fix): boolean => status === null || openStatuses().includes(status);
