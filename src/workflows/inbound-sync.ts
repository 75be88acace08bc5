import { patched } from '@temporalio/workflow';
import type { PhaseRequest, SyncOutcome } from '../cycle/messages.ts';
import { bookkeeping, syncs } from './activity-proxies.ts';
import { checkPhaseInput } from './check-input.ts';
import { concludedBy, runPhase } from './phase.ts';

/** Phase 1: Notion and Google to SQL, all syncs at once, then the links between the records they read. */
export async function inboundSync(request: PhaseRequest, ...others: unknown[]): Promise<readonly SyncOutcome[]> {
  await checkPhaseInput('inboundSync', [request, ...others]);
  const concluded = await concludeUnchanged(request);
  const concludedNames = new Set(concluded.map(({ name }) => name));
  const entitySyncs = request.syncs.filter(({ kind }) => kind === 'entity');
  const resolveLinks = (): Promise<void> =>
    syncs.settleLinks.executeWithOptions({ summary: 'links to records that arrived later' }, [
      { cycleId: request.cycleId, entities: entitySyncs.map(({ entity }) => entity) },
    ]);
  // An unchanged entity has no links that wait. Phases of earlier versions concluded nothing, and always looked.
  const isUnchanged = concluded.length > 0 && entitySyncs.every(({ name }) => concludedNames.has(name));
  return runPhase(
    'inbound',
    request,
    (sync, { kind, summary }) =>
      syncs[kind === 'calendar' ? 'syncCalendarInbound' : 'syncInbound'].executeWithOptions({ summary }, [sync]),
    { concluded, ...(isUnchanged ? {} : { afterwards: resolveLinks }) },
  );
}

/** In most cycles, most entities are unchanged: one activity concludes them all. */
async function concludeUnchanged(request: PhaseRequest): Promise<readonly SyncOutcome[]> {
  const { cycleId, sweep, acceptArchive, dryRun, hinted, urgent = false } = request;
  if (sweep || acceptArchive || dryRun || hinted || request.syncs.length === 1) return [];
  if (!patched('unchanged-syncs-at-once')) return [];
  return concludedBy(
    bookkeeping.concludeUnchanged.executeWithOptions({ summary: 'entities without changes' }, [
      { cycleId, syncs: request.syncs, urgent },
    ]),
  );
}
