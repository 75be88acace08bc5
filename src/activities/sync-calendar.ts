import type { SyncRequest } from '../cycle/types.ts';
import { undone } from '../database/client.ts';
import { saveDataSource } from '../database/sources.ts';
import { applyTaskEvents } from '../features/task-events/sync-task-events.ts';
import { type ConfiguredCalendar, configuredCalendars } from '../google/calendars.ts';
import { CALENDARS, calendarApi, calendarContext } from '../runtime/calendar-context.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { inbound } from '../sync/inbound.ts';
import { outbound } from '../sync/outbound.ts';
import type { SyncContext } from '../sync/ports.ts';
import { outboundOf } from './outbound-of.ts';
import { reported, type Skipped, type SyncAttempt } from './reported.ts';

/** Google → SQL, both calendars; an event that was moved takes its task's due date along. */
export const syncCalendarInbound = (services: WorkerServices) =>
  reported(services, 'inbound', (request, attempt) =>
    onCalendars(services, { request, attempt, which: 'all' }, async (context) => {
      await inbound(context);
      if (context.policy.readOnly || request.dryRun) return;
      const { rescheduled } = await applyTaskEvents(services.database, { ...today(services), only: 'reschedules' });
      context.tally.updated += rescheduled;
    }),
  );

/** SQL → Google; what was edited in the work calendar is put back. */
export const syncCalendarOutbound = (services: WorkerServices) =>
  reported(services, 'outbound', (request, attempt) =>
    onCalendars(services, { request, attempt, which: 'all' }, outboundOf(request)),
  );

/** Tasks → events, in SQL and then, in the same sync, in Google. */
export const triggerTasks = (services: WorkerServices) =>
  reported(services, 'trigger', (request, attempt) =>
    onCalendars(services, { request, attempt, which: 'personal' }, async (context) => {
      if (request.dryRun) return previewTaskEvents(services, context);
      const { created, updated, archived, rescheduled } = await applyTaskEvents(services.database, today(services));
      const before = { ...context.tally };
      await outbound(context);
      // Rows and their events are counted once.
      context.tally.created = before.created + created;
      context.tally.updated = before.updated + updated + rescheduled;
      context.tally.archived = before.archived + archived;
    }),
  );

/** Rows alone: their events are counted once with them. */
async function previewTaskEvents(services: WorkerServices, { tally }: SyncContext): Promise<void> {
  const { created, updated, archived, rescheduled } = await undone(services.database, (database) =>
    applyTaskEvents(database, today(services)),
  );
  Object.assign(tally, {
    processed: created + updated + archived,
    created,
    updated: updated + rescheduled,
    archived,
  });
}

const today = ({ config }: WorkerServices) => ({ now: new Date(), timeZone: config.timeZone });

interface OnCalendarsOptions {
  readonly request: SyncRequest;
  readonly attempt: SyncAttempt;
  readonly which: 'all' | 'personal';
}

/** Runs `work` on each calendar that there is an account for; one that fails does not stop the other. */
async function onCalendars(
  services: WorkerServices,
  { request, attempt, which }: OnCalendarsOptions,
  work: (context: SyncContext) => Promise<void>,
): Promise<Skipped | undefined> {
  const calendars = await configuredCalendars(services.config, services.grants);
  if ('skipped' in calendars) return calendars;
  const failures: unknown[] = [];
  for (const calendar of calendars) {
    if (which === 'personal' && calendar.name !== 'personal') continue;
    await onCalendar(services, calendar, { request, attempt }, work).catch((error: unknown) => failures.push(error));
    attempt.signal.throwIfAborted();
  }
  if (failures.length > 0) throw failures[0];
  return undefined;
}

async function onCalendar(
  services: WorkerServices,
  calendar: ConfiguredCalendar,
  { request, attempt }: { request: SyncRequest; attempt: SyncAttempt },
  work: (context: SyncContext) => Promise<void>,
): Promise<void> {
  const { entity } = CALENDARS[calendar.name];
  const { carried, progress } = attempt;
  const { database, claims } = services;
  await claims.hold(entity.name, attempt.signal, async (signal) => {
    const api = calendarApi(services, calendar, signal);
    const before = carried.requests;
    try {
      await api.signIn();
      const { id } = calendar;
      const source = { configuredId: id, id, properties: {}, syncKey: null };
      if (!request.dryRun) await saveDataSource(database, entity, source);
      await work(calendarContext(services, { ...request, calendar, api, signal, progress, tally: carried.tally }));
    } finally {
      carried.requests = before + api.requests;
    }
  });
}
