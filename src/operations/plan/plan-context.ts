import type { Entity } from '../../entities/define.ts';
import { entities } from '../../entities/index.ts';
import { FinalError } from '../../errors.ts';
import { type ConfiguredCalendar, configuredCalendars } from '../../google/calendars.ts';
import { NotionApi } from '../../notion/api.ts';
import { CALENDARS, calendarApi, calendarContext } from '../../runtime/calendar-context.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import { notionContext } from '../../runtime/sync-context.ts';
import type { SyncContext, Tally } from '../../sync/ports.ts';

export interface PlanContextOptions {
  readonly cycleId: string;
  readonly signal: AbortSignal;
  readonly tally: Tally;
  /** Only look, and write nothing. */
  readonly dry: boolean;
}

/** The engine's view of one entity, outside of a cycle, and how many requests it made. */
export interface PlanContext {
  readonly context: SyncContext;
  readonly requests: () => number;
}

/** @throws LockstepError where a cycle's sync of it would fail */
export async function planContext(
  services: WorkerServices,
  entity: Entity,
  { cycleId, signal, tally, dry }: PlanContextOptions,
): Promise<PlanContext> {
  const progress = (): void => signal.throwIfAborted();
  const common = { cycleId, signal, tally, progress, ...(dry ? { dryRun: { inbound: [entity.name] } } : {}) };
  if (entity.remote) {
    const calendar = await calendarOf(services, entity);
    const api = calendarApi(services, calendar, signal);
    await api.signIn();
    return { context: calendarContext(services, { ...common, calendar, api }), requests: () => api.requests };
  }
  const api = new NotionApi(services.notion, services.budget, { signal, onAnswer: () => undefined, urgent: true });
  const source = await services.sources[dry ? 'look' : 'believed'](api, entity);
  return { context: await notionContext(services, { ...common, entity, api, source }), requests: () => api.requests };
}

/** All that can be planned now: the calendars only where there is an account. */
export async function plannable({ config, grants }: WorkerServices): Promise<readonly Entity[]> {
  const calendars = await configuredCalendars(config, grants);
  return 'skipped' in calendars ? entities : [...entities, ...calendars.map(({ name }) => CALENDARS[name].entity)];
}

async function calendarOf({ config, grants }: WorkerServices, { name }: Entity): Promise<ConfiguredCalendar> {
  const calendars = await configuredCalendars(config, grants);
  if ('skipped' in calendars) throw new FinalError('no_calendar', calendars.skipped);
  const found = calendars.find((calendar) => CALENDARS[calendar.name].entity.name === name);
  if (!found) throw new FinalError('no_calendar', 'GOOGLE_WORK_CALENDAR_ID is not set: there is no work calendar');
  return found;
}
