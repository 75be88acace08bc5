import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  log,
  patched,
  setHandler,
  setWorkflowOptions,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import {
  HINT_SIGNAL,
  type Hint,
  type HintBatch,
  type HintPlan,
  type HintRequest,
  type PhaseRequest,
  type PlannedSync,
  SYNCS_FAILED,
  type SyncOutcome,
} from '../cycle/messages.ts';
import { planning, syncs } from './activity-proxies.ts';
import { refusable } from './check-input.ts';
import { HintCollector, isHint, isHintBatch } from './hint-collector.ts';
import { inboundSync } from './inbound-sync.ts';
import { outboundSync } from './outbound-sync.ts';
import { runPhase } from './phase.ts';

const hintSignal = defineSignal<[Hint]>(HINT_SIGNAL);

/** Edits that belong together arrive within this time, after the first. */
const PAUSE = '300 ms';
/** For an entity that is edited continuously: cycles need the same request budget. */
const LONG_PAUSE = '5 seconds';
/** The workflow ends when no hint arrives for this time. */
const IDLE = '2 seconds';
/** The SDK needs a millisecond or more for each signal, and again at each replay of the run. */
const MAX_SIGNALS = 200;

/**
 * Syncs one entity when hints about it arrive. The workflow id is fixed per entity, so one run at a time receives all
 * hints. A cycle that has claimed the entity goes first. A failure is left to the next cycle, which finds every change
 * without hints.
 */
export async function changeHint(...inputs: [request: HintRequest, ...others: unknown[]]): Promise<void> {
  // The first activity refuses a wrong input. Until then, nothing may rely on its types.
  const { entity, noticed, spent } = inputs[0] ?? {};
  const hints = new HintCollector();
  if (isHintBatch(noticed)) hints.addBatch(noticed);
  let signals = 0;
  setHandler(hintSignal, (hint) => {
    signals += 1;
    if (isHint(hint)) hints.add(hint);
    else log.warn('a signal was ignored: it is not a hint');
  });
  const isLong = (): boolean => signals >= MAX_SIGNALS || workflowInfo().continueAsNewSuggested;
  let used = typeof spent === 'number' ? spent : 0;
  let burst = Number.POSITIVE_INFINITY;
  for (let round = 1; ; round += 1) {
    const isFirst = round === 1 && noticed === undefined;
    // Somebody may wait for a single edit. A timer of Temporal's takes up to a second.
    if (!isFirst || !patched('first-hint-at-once')) await sleep(used < burst ? PAUSE : LONG_PAUSE);
    const batch = hints.take();
    const isDone = await runUnless(isLong, async () => {
      const plan = await refusable(planning.planHint(entity, inputs));
      if (plan.isPaused) return;
      burst = plan.burst;
      used += await syncHinted(`${workflowInfo().workflowId}/${workflowInfo().runId}/${round}`, batch, plan);
    });
    if (!isDone) hints.addBatch(batch);
    if (isLong()) {
      return continueAsNew<typeof changeHint>({ entity, noticed: hints.take(), spent: used });
    }
    if (!(await condition(() => !hints.isEmpty, IDLE))) return;
  }
}

// A run stays open while hints arrive, so it must not stay pinned to workers of an older version.
// Temporal accepts a versioning behavior only from workers that have a version.
setWorkflowOptions(
  () => (workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {}),
  changeHint,
);

/** Runs `work`, and cancels it when `stop` becomes true. @returns whether it was completed */
async function runUnless(stop: () => boolean, work: () => Promise<void>): Promise<boolean> {
  const scope = new CancellationScope();
  const running = scope.run(work);
  const stopped = scope.run(() => condition(stop));
  try {
    await Promise.race([running, stopped]);
    scope.cancel();
    await running;
    return true;
  } catch (error) {
    if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
    return false;
  } finally {
    scope.cancel();
    await stopped.catch(() => undefined);
  }
}

/** Inbound first, then outbound. @returns how many requests it made */
async function syncHinted(id: string, { edited, changed, pageIds }: HintBatch, plan: HintPlan): Promise<number> {
  const request = (name: string, toRun: readonly PlannedSync[]): PhaseRequest => ({
    cycleId: `${id}/${name}`,
    syncs: toRun,
    ...{ sweep: false, acceptArchive: false, urgent: true, hinted: true },
  });
  const outcomes: SyncOutcome[] = [];
  if (pageIds.length > 0) {
    const pages = request('pages', [plan.inbound]);
    outcomes.push(...(await outcomesOf(syncPages(pages, pageIds, plan.linkers))));
  }
  if (changed) outcomes.push(...(await outcomesOf(inboundSync(request('inbound', [plan.inbound])))));
  // A row that won a conflict has to be sent.
  if (edited || outcomes.some(({ conflicts }) => conflicts > 0)) {
    outcomes.push(...(await outcomesOf(outboundSync(request('outbound', plan.outbound)))));
  }
  return outcomes.reduce((sum, { requests }) => sum + requests, 0);
}

/** Notion to SQL for these pages only, then the links that waited for them. */
const syncPages = (
  request: PhaseRequest,
  pageIds: readonly string[],
  linkers: readonly string[],
): Promise<readonly SyncOutcome[]> =>
  runPhase(
    'inbound',
    request,
    (sync, { summary }) =>
      syncs.syncPages.executeWithOptions({ summary: `${summary}: ${pageIds.length} pages` }, [{ ...sync, pageIds }]),
    {
      afterwards: () =>
        syncs.settleLinks.executeWithOptions({ summary: 'links to these pages' }, [
          { cycleId: request.cycleId, entities: linkers },
        ]),
    },
  );

/** A failure is recorded, and left to the next cycle. */
async function outcomesOf(phase: Promise<readonly SyncOutcome[]>): Promise<readonly SyncOutcome[]> {
  try {
    return await phase;
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || error.type !== SYNCS_FAILED) throw error;
    log.warn(`left to the next cycle: ${error.message}`);
    return error.details?.[0] as readonly SyncOutcome[]; // as `runPhase` throws them
  }
}
