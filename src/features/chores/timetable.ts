import type { ScheduleSpec } from '@temporalio/client';
import type { Config } from '../../config.ts';
import { isOn } from '../../definition/features.ts';

/** When a chore runs. Times of day are in `LOCKSTEP_TIME_ZONE`. */
type ChoreTiming = Pick<ScheduleSpec, 'intervals' | 'calendars'>;

/** Each chore has its own Temporal schedule: `lockstep-<name>`, with the task queue unless it is the default one. */
export const timetable = {
  /** Sends alerts about stale entities. */
  alerts: { intervals: [{ every: '5 minutes' }] },
  /** Writes a file for each project and area. */
  'context-files': { intervals: [{ every: '10 minutes', offset: '4 minutes' }] },
  /** Keeps a Gmail label for each Work project. */
  'gmail-labels': { intervals: [{ every: '1 hour' }] },
  /** Records problems in system_fixes. */
  'health-checks': { intervals: [{ every: '15 minutes', offset: '7 minutes' }] },
  /** Archives tasks and goals that were completed long ago. */
  'life-cycle': { calendars: [{ hour: 4, minute: 10 }] },
  /** Extracts ideas from session notes with a model. */
  'session-notes': { calendars: [{ hour: 4, minute: 40 }] },
  /** Writes notes to the folders of their projects. */
  'notes-distribute': { calendars: [{ dayOfWeek: ['WEDNESDAY', 'SUNDAY'], hour: 6 }] },
  /** Deletes old history and conflicts. */
  retention: { calendars: [{ hour: 3, minute: 40 }] },
} as const satisfies Readonly<Record<string, ChoreTiming>>;

export type ChoreName = keyof typeof timetable;

export const choreNames = Object.keys(timetable) as readonly ChoreName[]; // Object.keys loses the type of the keys

/** Whether a chore has something to do; without its configuration, it has no schedule. */
const isConfigured: Readonly<Record<ChoreName, (config: Config) => boolean>> = {
  alerts: ({ alerts }) =>
    alerts.webhookUrl !== undefined || alerts.email !== undefined || alerts.heartbeatUrl !== undefined,
  'context-files': ({ contextRoot }) => contextRoot !== undefined,
  'gmail-labels': ({ google }) => google.gmailLabels !== 'off',
  'health-checks': () => true,
  'life-cycle': ({ archiveAfterDays }) => archiveAfterDays !== 0,
  'session-notes': ({ ai }) => ai !== undefined,
  'notes-distribute': ({ notesRoot }) => notesRoot !== undefined,
  retention: () => true,
};

/** All chores, and which of them are configured. One whose entities are not synced is off, whatever is configured. */
export const listChores = (config: Config): { name: ChoreName; isConfigured: boolean }[] =>
  choreNames.map((name) => ({ name, isConfigured: isOn(name) && isConfigured[name](config) }));
