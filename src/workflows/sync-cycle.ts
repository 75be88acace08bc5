import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
  rootCause,
  setCurrentDetails,
  TerminatedFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  CYCLE_FAILED,
  type CycleRequest,
  type CycleResult,
  type Direction,
  type PhaseRequest,
  type PlannedSync,
  SEARCH_ATTRIBUTES,
  SYNCS_FAILED,
  type SyncOutcome,
  type SyncProgress,
} from '../cycle/messages.ts';
import { describeFailures, describeOutcome, isNotable, summarize } from '../cycle/summary.ts';
import { consistency, enrichment, locks, planning } from './activity-proxies.ts';
import { refusable } from './check-input.ts';
import { type HeldLock, withCycleLock } from './cycle-lock.ts';
import { inboundSync } from './inbound-sync.ts';
import { outboundSync } from './outbound-sync.ts';
import { allEnded, answerProgress, failedOutcome } from './phase.ts';
import { taskTrigger } from './task-trigger.ts';

/**
 * One cycle: changes in Notion and Google to SQL, then changes in SQL to Notion and Google, then events for tasks with
 * a due date. Every sync runs; a cycle with a failed sync then ends as a failed workflow.
 */
export async function syncCycle(input?: CycleRequest | null, ...others: unknown[]): Promise<CycleResult> {
  const plan = await refusable(planning.planCycle(input, ...others));
  const request = input ?? {};
  const planned = [...plan.inbound, ...plan.outbound, ...plan.trigger];
  const states = new Map<string, SyncProgress>(planned.map(({ name }) => [name, { name, state: 'waiting' }]));
  answerProgress(states);
  return withCycleLock(plan.turn, async (lock) => {
    const { runId: cycleId } = workflowInfo();
    setCurrentDetails('Running.');
    const isReset = plan.runId !== undefined && plan.runId !== cycleId;
    const runChild = childRunner({ lock, isReset, states });
    const options = {
      cycleId,
      sweep: request.sweep ?? false,
      acceptArchive: request.acceptArchive ?? false,
      urgent: request.urgent ?? false,
      ...(request.dryRun ? { dryRun: { inbound: plan.inbound.map(({ entity }) => entity) } } : {}),
    };
    const inbound = await runChild(inboundSync, 'inbound', plan.inbound, options);
    await enrichRows(cycleId, plan.enrichments ?? []);
    const outcomes = [
      ...inbound,
      ...(await runChild(outboundSync, 'outbound', plan.outbound, options)),
      ...(await runChild(taskTrigger, 'trigger', plan.trigger, options)),
    ];
    if (!request.dryRun) await checkConsistency(cycleId, outcomes);
    return conclude(cycleId, outcomes, plan.isSearchable ?? false);
  });
}

/** Runs the enrichments concurrently, before the rows are sent. A failure is recorded, and left to the next cycle. */
async function enrichRows(cycleId: string, names: readonly string[]): Promise<void> {
  await allEnded(
    names.map(async (name) => {
      try {
        await enrichment.enrich.executeWithOptions({ summary: name }, [{ cycleId, name }]);
      } catch (error) {
        if (isCancellation(error)) throw error;
        log.warn(`${name} is left to the next cycle: ${rootCause(error)}`);
      }
    }),
  );
}

interface CycleRun {
  readonly lock: HeldLock;
  /** Whether another run planned this cycle. */
  readonly isReset: boolean;
  /** For the query `progress`: a phase's own progress is more exact while it runs. */
  readonly states: Map<string, SyncProgress>;
}

type Phase = typeof inboundSync | typeof outboundSync | typeof taskTrigger;

const childRunner =
  ({ lock, isReset, states }: CycleRun) =>
  async (
    phase: Phase,
    name: 'inbound' | 'outbound' | 'trigger',
    syncs: readonly PlannedSync[],
    options: Omit<PhaseRequest, 'syncs'>,
  ): Promise<readonly SyncOutcome[]> => {
    if (syncs.length === 0) return [];
    // The phases that ended before the reset are in the history without this marker.
    if (isReset && patched(`lock-after-reset-${name}`)) await lock.takeAgain();
    const workflowId = `${workflowInfo().workflowId}/${name}`;
    const run = () =>
      executeChild(phase, {
        workflowId,
        args: [{ ...options, syncs }],
        // A phase that writes is cancelled, not terminated.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        staticSummary: `${name}: ${syncs.length} syncs`,
      });
    for (const sync of syncs) states.set(sync.name, { name: sync.name, state: 'running' });
    const ended = (outcomes: readonly SyncOutcome[]): readonly SyncOutcome[] => {
      for (const outcome of outcomes) states.set(outcome.name, { name: outcome.name, state: outcome.status, outcome });
      return outcomes;
    };
    try {
      const outcomes = await run().catch(async (error) => {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError) || !patched('leftover-phase')) throw error;
        await locks.endLeftoverPhase.executeWithOptions({ summary: `${name} of the run before the reset` }, [
          workflowId,
        ]);
        return await run();
      });
      return ended(outcomes);
    } catch (error) {
      return ended(outcomesOfFailedPhase(error, name, syncs));
    }
  };

/** @throws the error when it is not the phase's own, or when the cycle itself was cancelled */
function outcomesOfFailedPhase(
  error: unknown,
  direction: Direction,
  syncs: readonly PlannedSync[],
): readonly SyncOutcome[] {
  if (!(error instanceof ChildWorkflowFailure)) throw error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure && cause.type === SYNCS_FAILED) {
    const [outcomes] = cause.details ?? [];
    return outcomes as readonly SyncOutcome[]; // as `runPhase` throws them
  }
  // Somebody ended the phase, or it ran into a fault: the next phases still run.
  if (CancellationScope.current().consideredCancelled || !patched('phase-ended')) throw error;
  const message = `the ${direction} phase was ${endOf(cause)}`;
  return syncs.map(({ name, entity }) => failedOutcome({ name, entity, direction, message }));
}

function endOf(cause: Error | undefined): string {
  if (cause instanceof TerminatedFailure) return 'terminated';
  if (cause instanceof CancelledFailure) return 'cancelled';
  return `ended: ${cause?.message ?? 'for an unknown reason'}`;
}

/** Compares both sides of the tables that the cycle read or changed. */
async function checkConsistency(cycleId: string, outcomes: readonly SyncOutcome[]): Promise<void> {
  const namesOf = (isIncluded: (outcome: SyncOutcome) => boolean): Set<string> =>
    new Set(outcomes.filter(isIncluded).map(({ entity }) => entity));
  const changed = namesOf(isNotable);
  const read = [...namesOf(({ processed }) => processed > 0)].filter((name) => !changed.has(name));
  if (changed.size + read.length === 0 || !patched('certificates')) return;
  try {
    await consistency.certifyTables.executeWithOptions({ summary: [...changed, ...read].join(', ') }, [
      { cycleId, changed: [...changed], read },
    ]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`consistency was not checked: ${rootCause(error)}`);
  }
}

/** Idle cycles have no search attributes: Temporal Cloud bills the update. */
function addSearchAttributes(outcomes: readonly SyncOutcome[]): void {
  const notable = outcomes.filter(isNotable);
  if (notable.length === 0) return;
  const statuses = notable.map(({ status }) => status);
  const outcome = (['failed', 'partial'] as const).find((status) => statuses.includes(status)) ?? 'ok';
  upsertSearchAttributes([
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.outcome, 'KEYWORD'), value: outcome },
    {
      key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.entities, 'KEYWORD_LIST'),
      value: [...new Set(notable.map(({ entity }) => entity))],
    },
  ]);
}

function conclude(cycleId: string, outcomes: readonly SyncOutcome[], isSearchable: boolean): CycleResult {
  if (isSearchable) addSearchAttributes(outcomes);
  const summary = summarize(outcomes);
  setCurrentDetails(outcomes.map((outcome) => `- ${describeOutcome(outcome)}`).join('\n'));
  const ok = outcomes.every(({ status }) => status !== 'failed');
  const result: CycleResult = { cycleId, ok, summary, syncs: outcomes };
  if (ok) return result;
  throw ApplicationFailure.create({
    type: CYCLE_FAILED,
    message: describeFailures(outcomes),
    nonRetryable: true,
    details: [result],
  });
}
