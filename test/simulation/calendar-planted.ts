import type { CalendarParts } from './calendar-cycles.ts';
import { calendarParts } from './calendar-scenario.ts';
import { type PlantedBug, plant, plantIn } from './planted.ts';

/** A bug that a calendar sync can have, as a change to the source of one of its parts. */
export interface PlantedCalendarBug extends PlantedBug {
  readonly part: 'sync' | 'google' | 'features/task-events';
}

export const plantedCalendarBugs: readonly PlantedCalendarBug[] = [
  {
    name: 'event ids not derived from the row',
    part: 'google',
    file: 'events.ts',
    find: "createHash('sha256').update(`lockstep:",
    replace: "createHash('sha256').update(Math.random() + `lockstep:",
  },
  {
    name: 'a token saved before its page was taken in',
    part: 'sync',
    file: 'inbound.ts',
    find: 'await absorb(context, changes.records, { leaveEdits: true, source: { token: changes.nextToken } });',
    replace: `await absorb(context, [], { source: { token: changes.nextToken } });
  await absorb(context, changes.records);`,
  },
  {
    name: 'an expired token taken for no news',
    part: 'sync',
    file: 'inbound.ts',
    find: 'if (!changes) return listEverything(context, listing);',
    replace: 'if (!changes) return token === null ? listEverything(context, listing) : undefined;',
  },
  {
    name: 'deletions forgotten by the full listing',
    part: 'sync',
    file: 'inbound.ts',
    find: 'nextToken = batch.nextToken;\n  }\n  await archiveMissing(context);',
    replace: 'nextToken = batch.nextToken;\n  }',
  },
  {
    name: 'a calendar that is only read is written',
    part: 'sync',
    file: 'push-row.ts',
    find: 'if (context.policy.readOnly) return revertEdit(context, record);',
    replace: '',
  },
  {
    name: 'copies of an event taken for the event',
    part: 'google',
    file: 'event-record.ts',
    find: 'rowId !== null && isMadeFor(rowId, id) ? rowId : null',
    replace: 'rowId',
  },
  {
    name: 'a tombstone read as an empty event',
    part: 'sync',
    file: 'archival.ts',
    find: 'trashed ? { ...base, ...record.fields }',
    replace: 'trashed ? record.fields',
  },
  {
    name: 'the trigger without the link table',
    part: 'features/task-events',
    file: 'plan-task-events.ts',
    find: 'planOne(situation, options)',
    replace: 'planOne({ ...situation, link: null }, options)',
  },
  {
    name: 'every lost event made again',
    part: 'features/task-events',
    file: 'plan-task-events.ts',
    find: 'if (link.dismissed) return [];',
    replace: '',
  },
  {
    name: 'the loser of a due date and a moved event is kept nowhere',
    part: 'features/task-events',
    file: 'plan-task-events.ts',
    find: 'return { side, contest: { winner: side, reason } };',
    replace: 'return { side };',
  },
];

/** The parts of the product, one of them with a bug. */
export async function plantInCalendars({ part, ...bug }: PlantedCalendarBug): Promise<CalendarParts> {
  if (part === 'sync') return { ...calendarParts, engine: await plant(bug) };
  const folder = plantIn(part, bug);
  if (part === 'google')
    return { ...calendarParts, adapter: (await import(`${folder}calendar-events.ts`)).calendarEvents };
  return { ...calendarParts, planner: (await import(`${folder}plan-task-events.ts`)).planTaskEvents };
}
