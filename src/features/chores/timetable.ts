import type { ScheduleSpec } from '@temporalio/client';

/** When a chore runs. Each has its own Temporal schedule: `lockstep-<name>`. */
export interface ChoreTiming {
  /** Shown by `lockstep schedule show`. */
  readonly does: string;
  /** Times of day are in `LOCKSTEP_TIME_ZONE`. */
  readonly spec: Pick<ScheduleSpec, 'intervals' | 'calendars'>;
}

export const timetable = {
  alerts: { does: 'sends alerts about stale entities', spec: { intervals: [{ every: '5 minutes' }] } },
  'context-files': {
    does: 'writes a file for each project and area',
    spec: { intervals: [{ every: '10 minutes', offset: '4 minutes' }] },
  },
  'gmail-labels': { does: 'keeps a Gmail label for each Work project', spec: { intervals: [{ every: '1 hour' }] } },
  'health-checks': {
    does: 'records problems in system_fixes',
    spec: { intervals: [{ every: '15 minutes', offset: '7 minutes' }] },
  },
  'life-cycle': {
    does: 'archives tasks and goals that were completed long ago',
    spec: { calendars: [{ hour: 4, minute: 10 }] },
  },
  'session-notes': {
    does: 'extracts ideas from session notes with a model',
    spec: { calendars: [{ hour: 4, minute: 40 }] },
  },
  'notes-distribute': {
    does: 'writes notes to the folders of their projects',
    spec: { calendars: [{ dayOfWeek: ['WEDNESDAY', 'SUNDAY'], hour: 6 }] },
  },
  retention: { does: 'deletes old history and conflicts', spec: { calendars: [{ hour: 3, minute: 40 }] } },
} as const satisfies Readonly<Record<string, ChoreTiming>>;

export type ChoreName = keyof typeof timetable;

export const choreNames = Object.keys(timetable) as readonly ChoreName[]; // Object.keys loses the type of the keys

export const choreScheduleId = (name: ChoreName): string => `lockstep-${name}`;
