import { checkDefinition } from '../database/definition-hash.ts';
import { entities } from '../definition/index.ts';
import type { Entity } from '../entities/define.ts';
import { FinalError } from '../errors.ts';
import { type ConfiguredCalendar, configuredCalendars } from '../google/configured-calendars.ts';
import { NotionApi } from '../notion/notion-api.ts';
import type { OnWrite } from '../sync/dry-local.ts';
import type { SyncContext, Tally } from '../sync/ports.ts';
import { CALENDARS, calendarApi, calendarContext } from './calendar-context.ts';
import type { WorkerServices } from './services.ts';
import { notionContext, previewContext } from './sync-context.ts';

export interface OpenOptions {
  readonly cycleId: string;
  readonly signal: AbortSignal;
  readonly tally: Tally;
  /** Called on each progress. */
  readonly progress?: () => void;
  readonly sweep?: boolean;
  readonly acceptArchive?: boolean;
  readonly urgent?: boolean;
}

/** The engine's ports for one entity, and how many requests were made through them. */
export interface OpenEntity {
  readonly context: SyncContext;
  readonly requests: () => number;
}

/**
 * Opens an entity of Notion, or a calendar. The caller holds its claim.
 * @throws LockstepError when a sync of the entity would fail
 */
export async function openEntity(services: WorkerServices, entity: Entity, options: OpenOptions): Promise<OpenEntity> {
  return open(services, entity, options, 'cached');
}

/**
 * As `openEntity`, but writes nothing on either side.
 * @param onWrite called for each write to SQL that a sync would do
 */
export async function openPreview(
  services: WorkerServices,
  entity: Entity,
  options: OpenOptions,
  onWrite: OnWrite,
): Promise<OpenEntity> {
  const { context, sourceId, requests } = await open(services, entity, options, 'peek');
  return { context: previewContext(services, context, { sourceId, onWrite }), requests };
}

async function open(
  services: WorkerServices,
  entity: Entity,
  options: OpenOptions,
  schema: 'cached' | 'peek',
): Promise<OpenEntity & { readonly sourceId: string }> {
  const { signal, progress = () => undefined, urgent = true } = options;
  const common = { ...options, progress };
  await checkDefinition(services.database);
  if (entity.remote) {
    const calendar = await calendarOf(services, entity);
    const api = calendarApi(services, calendar, signal);
    await api.signIn();
    const context = calendarContext(services, { ...common, calendar, api });
    return { context, sourceId: calendar.id, requests: () => api.requests };
  }
  const api = new NotionApi(services.notion, services.budget, { signal, onAnswer: progress, urgent });
  await services.sources.checkWorkspace(api, { readOnly: schema === 'peek' });
  const source = await services.sources[schema](api, entity);
  const context = await notionContext(services, { ...common, entity, api, source });
  return { context, sourceId: source.id, requests: () => api.requests };
}

/** The entities of Notion, and the calendars that are configured. */
export async function configuredEntities({ config, grants }: WorkerServices): Promise<readonly Entity[]> {
  const calendars = await configuredCalendars(config, grants);
  return 'skipped' in calendars ? entities() : [...entities(), ...calendars.map(({ name }) => CALENDARS[name].entity)];
}

async function calendarOf({ config, grants }: WorkerServices, { name }: Entity): Promise<ConfiguredCalendar> {
  const calendars = await configuredCalendars(config, grants);
  if ('skipped' in calendars) throw new FinalError('no_calendar', calendars.skipped);
  const found = calendars.find((calendar) => CALENDARS[calendar.name].entity.name === name);
  if (!found) throw new FinalError('no_calendar', 'GOOGLE_WORK_CALENDAR_ID is not set: there is no work calendar');
  return found;
}
