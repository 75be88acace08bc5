import type { SyncRequest } from '../cycle/messages.ts';
import { saveDataSource } from '../database/sources.ts';
import { applyTaskEvents } from '../features/task-events/sync-task-events.ts';
import { type ConfiguredCalendar, configuredCalendars } from '../google/configured-calendars.ts';
import { CALENDARS, calendarApi, calendarContext } from '../runtime/calendar-context.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { syncInbound } from '../sync/inbound.ts';
import { syncOutbound } from '../sync/outbound.ts';
import type { SyncContext } from '../sync/ports.ts';
import { recordedSync, type Skipped, type SyncAttempt } from './record-sync.ts';

/** Google to SQL, both calendars. A moved event also moves its task's due date. */
export const syncCalendarInbound = (services: WorkerServices) =>
  recordedSync(services, 'inbound', (request, attempt) =>
    onCalendars(services, attempt, (calendar) =>
      withCalendar(services, { calendar, request, attempt }, async (context) => {
        await syncInbound(context);
        if (context.policy.readOnly) return;
        const options = { ...taskEventOptions(services, request), only: 'reschedules' } as const;
        const applied = await applyTaskEvents(services.database, options);
        context.tally.updated += applied.rescheduled;
        context.tally.conflicts += applied.conflicts;
        context.tally.errors.push(...applied.issues);
      }),
    ),
  );

/** SQL to Google. Edits of the work calendar's rows are reverted. */
export const syncCalendarOutbound = (services: WorkerServices) =>
  recordedSync(services, 'outbound', (request, attempt) =>
    onCalendars(services, attempt, (calendar) => withCalendar(services, { calendar, request, attempt }, syncOutbound)),
  );

/** Tasks to events: first in SQL and then, in the same sync, in Google. */
export const triggerTasks = (services: WorkerServices) =>
  recordedSync(services, 'trigger', (request, attempt) =>
    onPersonalCalendar(services, attempt, (calendar) =>
      withCalendar(services, { calendar, request, attempt }, async (context) => {
        const applied = await applyTaskEvents(services.database, taskEventOptions(services, request));
        context.tally.conflicts += applied.conflicts;
        context.tally.errors.push(...applied.issues);
        const before = { ...context.tally };
        await syncOutbound(context);
        // A row and its event count once.
        context.tally.created = before.created + applied.created;
        context.tally.updated = before.updated + applied.updated + applied.rescheduled;
        context.tally.archived = before.archived + applied.archived;
      }),
    ),
  );

export const taskEventOptions = ({ config }: WorkerServices, { cycleId }: SyncRequest) => ({
  cycleId,
  now: new Date(),
  timeZone: config.timeZone,
});

type CalendarWork = (calendar: ConfiguredCalendar) => Promise<void>;

export const onPersonalCalendar = (services: WorkerServices, attempt: SyncAttempt, work: CalendarWork) =>
  onCalendars(services, attempt, async (calendar) => {
    if (calendar.name === 'personal') await work(calendar);
  });

/** Runs `work` on each configured calendar. One that fails does not stop the other. */
export async function onCalendars(
  { config, grants }: WorkerServices,
  { signal }: SyncAttempt,
  work: CalendarWork,
): Promise<Skipped | undefined> {
  const calendars = await configuredCalendars(config, grants);
  if ('skipped' in calendars) return calendars;
  const failures: unknown[] = [];
  for (const calendar of calendars) {
    await work(calendar).catch((error: unknown) => failures.push(error));
    signal.throwIfAborted();
  }
  if (failures.length > 0) throw failures[0];
  return undefined;
}

interface CalendarOptions {
  readonly calendar: ConfiguredCalendar;
  readonly request: SyncRequest;
  readonly attempt: SyncAttempt;
}

/** Claims a calendar, and runs the engine on it. */
async function withCalendar(
  services: WorkerServices,
  { calendar, request, attempt }: CalendarOptions,
  work: (context: SyncContext) => Promise<void>,
): Promise<void> {
  const { entity } = CALENDARS[calendar.name];
  const { carried, progress } = attempt;
  await services.claims.hold(entity.name, attempt, async (signal) => {
    const api = calendarApi(services, calendar, signal);
    const requestsBefore = carried.requests;
    try {
      await api.signIn();
      const { id } = calendar;
      await saveDataSource(services.database, entity, { configuredId: id, id, properties: {}, syncKey: null });
      await work(calendarContext(services, { ...request, calendar, api, signal, progress, tally: carried.tally }));
    } finally {
      carried.requests = requestsBefore + api.requests;
    }
  });
}
