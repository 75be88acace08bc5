import type { ScheduleSpec } from '@temporalio/client';

/** What is done beside the sync, each by a Temporal schedule of its own: `lockstep-<name>`. */
export interface Appointment {
  /** For people, in `lockstep schedule show`. */
  readonly does: string;
  /** Times of day are the owner's (`LOCKSTEP_TIME_ZONE`). */
  readonly spec: Pick<ScheduleSpec, 'intervals' | 'calendars'>;
}

export const timetable = {
  alerts: { does: 'tells of entities that have been stale for long', spec: { intervals: [{ every: '5 minutes' }] } },
  'context-files': {
    does: 'writes a file for each project and area',
    spec: { intervals: [{ every: '10 minutes', offset: '4 minutes' }] },
  },
  'gmail-labels': { does: 'keeps a Gmail label for each Work project', spec: { intervals: [{ every: '1 hour' }] } },
  'health-checks': {
    does: 'keeps system_fixes in step with what is wrong',
    spec: { intervals: [{ every: '15 minutes', offset: '7 minutes' }] },
  },
  'life-cycle': {
    does: 'archives what was done or achieved long ago',
    spec: { calendars: [{ hour: 4, minute: 10 }] },
  },
  'session-notes': {
    does: 'asks a model for ideas in session notes',
    spec: { calendars: [{ hour: 4, minute: 40 }] },
  },
  'notes-distribute': {
    does: 'writes notes into the folders of their projects',
    spec: { calendars: [{ dayOfWeek: ['WEDNESDAY', 'SUNDAY'], hour: 6 }] },
  },
  retention: { does: 'thins out history and conflicts', spec: { calendars: [{ hour: 3, minute: 40 }] } },
} as const satisfies Readonly<Record<string, Appointment>>;

export type ChoreName = keyof typeof timetable;

export const choreNames = Object.keys(timetable) as readonly ChoreName[]; // its keys are these

export const choreScheduleId = (name: ChoreName): string => `lockstep-${name}`;
