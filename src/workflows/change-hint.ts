import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  log,
  setHandler,
  setWorkflowOptions,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import {
  HINT_SIGNAL,
  type Hint,
  type HintPlan,
  type HintRequest,
  type Noticed,
  type PhaseRequest,
  type PlannedSync,
  SYNCS_FAILED,
  type SyncOutcome,
} from '../cycle/types.ts';
import { planning, syncs } from './activities.ts';
import { inboundSync } from './inbound-sync.ts';
import { Notices } from './noticed.ts';
import { outboundSync } from './outbound-sync.ts';
import { runPhase } from './phase.ts';

const hintSignal = defineSignal<[Hint]>(HINT_SIGNAL);

/** Long enough for what belongs together to come together. */
const PAUSE = '300 ms';
/** Between the rounds of an entity that never comes to rest: the budget is the cycle's as well. */
const LONG_PAUSE = '5 seconds';
const REST = '2 seconds';
/** The SDK takes a millisecond or more for each signal, again whenever it replays the run. */
const MOST_SIGNALS = 200;

/**
 * Looks into what was noticed of one entity, as soon as it was noticed. Its id is
 * fixed, so there is one at a time, and more hints reach the one that runs. It
 * waits for a cycle that has the entity just now; what fails is left to the next
 * cycle, which would find all of it anyway.
 */
export async function changeHint({ entity, noticed, spent = 0 }: HintRequest): Promise<void> {
  const notices = new Notices();
  if (noticed) notices.addAll(noticed);
  let signals = 0;
  setHandler(hintSignal, (hint) => {
    signals += 1;
    notices.add(hint);
  });
  const isLong = (): boolean => signals >= MOST_SIGNALS || workflowInfo().continueAsNewSuggested;
  let used = spent;
  let burst = Number.POSITIVE_INFINITY;
  for (let round = 1; ; round += 1) {
    await sleep(used < burst ? PAUSE : LONG_PAUSE);
    const looking = notices.take();
    const done = await unless(isLong, async () => {
      const plan = await planning.planHint(entity);
      burst = plan.burst;
      used += await look(`${workflowInfo().workflowId}/${workflowInfo().runId}/${round}`, looking, plan);
    });
    if (!done) notices.addAll(looking);
    if (isLong()) {
      return continueAsNew<typeof changeHint>({ entity, noticed: notices.take(), spent: used });
    }
    if (!(await condition(() => !notices.isEmpty, REST))) return;
  }
}

// Hints come to the run that is open for as long as there are any: it must not stay with workers of an older version.
// Temporal takes a behaviour from workers that have a version, and from no others.
setWorkflowOptions(
  () => (workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {}),
  changeHint,
);

/** Runs `work`, but stops it when the condition comes true. @returns whether it was done */
async function unless(stop: () => boolean, work: () => Promise<void>): Promise<boolean> {
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

/** One look: first at Notion or Google, then at SQL. @returns how many requests it took */
async function look(id: string, { edited, changed, pageIds }: Noticed, plan: HintPlan): Promise<number> {
  const request = (name: string, toRun: readonly PlannedSync[]): PhaseRequest => ({
    cycleId: `${id}/${name}`,
    syncs: toRun,
    ...{ sweep: false, acceptArchive: false, urgent: true, hinted: true },
  });
  const outcomes: SyncOutcome[] = [];
  if (pageIds.length > 0) {
    const pages = request('pages', [plan.inbound]);
    outcomes.push(...(await outcomesOf(readPages(pages, pageIds, plan.linkers))));
  }
  if (changed) outcomes.push(...(await outcomesOf(inboundSync(request('inbound', [plan.inbound])))));
  // A row that won against its page has to be sent.
  if (edited || outcomes.some(({ conflicts }) => conflicts > 0)) {
    outcomes.push(...(await outcomesOf(outboundSync(request('outbound', plan.outbound)))));
  }
  return outcomes.reduce((sum, { requests }) => sum + requests, 0);
}

/** Just these pages, as they are now; then the links that waited for them. */
const readPages = (
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
        syncs.settleLinks.executeWithOptions({ summary: 'links that waited for them' }, [
          { cycleId: request.cycleId, entities: linkers },
        ]),
    },
  );

/** What fails has been written down, and is left to the next cycle. */
async function outcomesOf(phase: Promise<readonly SyncOutcome[]>): Promise<readonly SyncOutcome[]> {
  try {
    return await phase;
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || error.type !== SYNCS_FAILED) throw error;
    log.warn(`left to the next cycle: ${error.message}`);
    return error.details?.[0] as readonly SyncOutcome[]; // as `runPhase` gives them
  }
}
