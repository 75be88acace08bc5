import {
  ApplicationFailure,
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
  rootCause,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { describeFailures, describeOutcome, isWorthSaying, summarise } from '../cycle/summary.ts';
import {
  CYCLE_FAILED,
  type CycleRequest,
  type CycleResult,
  type PhaseRequest,
  type PlannedSync,
  SYNCS_FAILED,
  type SyncOutcome,
} from '../cycle/types.ts';
import { certifying, enriching, planning } from './activities.ts';
import { inTurn } from './cycle-turn.ts';
import { inboundSync } from './inbound-sync.ts';
import { outboundSync } from './outbound-sync.ts';
import { taskTrigger } from './task-trigger.ts';

/**
 * One cycle: what changed in Notion and Google comes to SQL, then what changed in
 * SQL goes to them, then due tasks get their events. When all that can be done is done, a cycle in which a sync failed
 * fails, so that nobody mistakes it for a good one.
 */
export async function syncCycle(wish?: CycleRequest | null): Promise<CycleResult> {
  const request = wish ?? {};
  const plan = await planning.planCycle(request);
  return inTurn(plan.turn, async () => {
    const { runId: cycleId } = workflowInfo();
    setCurrentDetails('Running.');
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
    if (!request.dryRun) await certifyTables(cycleId, outcomes);
    return conclude(cycleId, outcomes);
  });
}

/** Side by side, before what they fill in is sent; what fails has been written down, and is left to the next cycle. */
async function enrichRows(cycleId: string, names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      try {
        await enriching.enrich.executeWithOptions({ summary: name }, [{ cycleId, name }]);
      } catch (error) {
        if (isCancellation(error)) throw error;
        log.warn(`${name}: left to the next cycle: ${rootCause(error)}`);
      }
    }),
  );
}

async function runChild(
  phase: typeof inboundSync | typeof outboundSync | typeof taskTrigger,
  name: string,
  syncs: readonly PlannedSync[],
  options: Omit<PhaseRequest, 'syncs'>,
): Promise<readonly SyncOutcome[]> {
  if (syncs.length === 0) return [];
  try {
    return await executeChild(phase, {
      workflowId: `${workflowInfo().workflowId}/${name}`,
      args: [{ ...options, syncs }],
      // A phase that writes is asked to stop, never cut off.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `${name}: ${syncs.length} syncs`,
    });
  } catch (error) {
    const cause = error instanceof ChildWorkflowFailure ? error.cause : undefined;
    if (cause instanceof ApplicationFailure && cause.type === SYNCS_FAILED) {
      const [outcomes] = cause.details ?? [];
      return outcomes as readonly SyncOutcome[];
    }
    throw error;
  }
}

/** A cycle in which nothing was even looked at, and one that began before this was deployed, do nothing here. */
async function certifyTables(cycleId: string, outcomes: readonly SyncOutcome[]): Promise<void> {
  const namesOf = (which: (outcome: SyncOutcome) => boolean): Set<string> =>
    new Set(outcomes.filter(which).map(({ entity }) => entity));
  const changed = namesOf(isWorthSaying);
  const read = [...namesOf(({ processed }) => processed > 0)].filter((name) => !changed.has(name));
  if (changed.size + read.length === 0 || !patched('certificates')) return;
  try {
    await certifying.certifyTables.executeWithOptions({ summary: [...changed, ...read].join(', ') }, [
      { cycleId, changed: [...changed], read },
    ]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`no certificate: ${rootCause(error)}`);
  }
}

function conclude(cycleId: string, outcomes: readonly SyncOutcome[]): CycleResult {
  const summary = summarise(outcomes);
  setCurrentDetails(outcomes.map((outcome) => `- ${describeOutcome(outcome)}`).join('\n'));
  const ok = outcomes.every(({ status }) => status !== 'failed');
  const result: CycleResult = { cycleId, ok, summary, syncs: outcomes };
  if (result.ok) return result;
  throw ApplicationFailure.create({
    type: CYCLE_FAILED,
    message: describeFailures(outcomes),
    nonRetryable: true,
    details: [result],
  });
}
