import type { PreviewRequest, SyncKind, SyncOutcome } from '../cycle/messages.ts';
import { transaction } from '../database/client.ts';
import type { Entity } from '../entities/define.ts';
import { FinalError } from '../errors.ts';
import { applyTaskEvents } from '../features/task-events/sync-task-events.ts';
import { CALENDARS, calendarApi } from '../runtime/calendar-context.ts';
import { previewEntity } from '../runtime/plan-entity.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { emptyTally } from '../runtime/sync-context.ts';
import { syncInbound } from '../sync/inbound.ts';
import { syncOutbound } from '../sync/outbound.ts';
import type { SyncContext } from '../sync/ports.ts';
import { entityByName } from './notion-entity.ts';
import { runSync, type Skipped, type SyncAttempt } from './record-sync.ts';
import { onCalendars, onPersonalCalendar, taskEventOptions } from './sync-calendar.ts';
import { applyParaTags, PARA_SKIPPED } from './sync-para.ts';

/** Reports what one sync of a cycle would do. Writes nothing on either side, and records no run. */
export const previewSync =
  (services: WorkerServices) =>
  (request: PreviewRequest): Promise<SyncOutcome> =>
    runSync(
      request.direction,
      request,
      (_, attempt) => {
        // Nothing that an earlier attempt counted was written.
        Object.assign(attempt.carried.tally, emptyTally());
        return PREVIEWS[request.kind]({ services, request, attempt });
      },
      async () => undefined,
    );

interface Preview {
  readonly services: WorkerServices;
  readonly request: PreviewRequest;
  readonly attempt: SyncAttempt;
}

const PREVIEWS: Readonly<Record<SyncKind, (preview: Preview) => Promise<Skipped | undefined>>> = {
  entity: async (preview) => {
    await runEngine(preview, entityByName(preview.request.entity));
    return undefined;
  },

  calendar: (preview) =>
    onCalendars(preview.services, preview.attempt, ({ name }) => runEngine(preview, CALENDARS[name].entity)),

  para: async ({ services: { database, config }, request, attempt: { carried } }) => {
    const { paraRoot } = config;
    if (!paraRoot) return PARA_SKIPPED;
    const counts = await transaction(database, { as: 'rollback' }, (tx) =>
      applyParaTags(tx, paraRoot, request, carried.tally),
    );
    Object.assign(carried.tally, counts);
    return undefined;
  },

  trigger: ({ services, request, attempt }) =>
    onPersonalCalendar(services, attempt, (calendar) =>
      services.claims.hold(CALENDARS.personal.entity.name, { signal: attempt.signal }, async (signal) => {
        await calendarApi(services, calendar, signal).signIn();
        const { created, updated, archived, rescheduled, conflicts, issues } = await transaction(
          services.database,
          { as: 'rollback' },
          (tx) => applyTaskEvents(tx, taskEventOptions(services, request)),
        );
        const processed = created + updated + archived;
        const counts = { processed, created, updated: updated + rescheduled, archived, conflicts };
        Object.assign(attempt.carried.tally, counts);
        attempt.carried.tally.errors.push(...issues);
      }),
    ),
};

async function runEngine({ services, request, attempt }: Preview, entity: Entity): Promise<void> {
  const { carried, progress } = attempt;
  const { cycleId, sweep, acceptArchive, urgent = false } = request;
  await services.claims.hold(entity.name, { signal: attempt.signal }, async (signal) => {
    const options = { cycleId, sweep, acceptArchive, urgent, signal, progress, tally: carried.tally };
    const { requests } = await previewEntity(services, entity, options, async (context) => {
      if (request.direction === 'inbound') return syncInbound(context);
      if (request.isInboundFirst) await syncInboundFirst(context);
      await syncOutbound(context);
    });
    carried.requests += requests;
  });
}

/** The inbound sync decides conflicts. Its counts and its failure belong to its own preview. */
async function syncInboundFirst(context: SyncContext): Promise<void> {
  try {
    await syncInbound({ ...context, tally: emptyTally() });
  } catch (error) {
    if (!(error instanceof FinalError)) throw error;
  }
}
