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
  retention: { does: 'thins out history and conflicts', spec: { calendars: [{ hour: 3, minute: 40 }] } },
} as const satisfies Readonly<Record<string, Appointment>>;

export type ChoreName = keyof typeof timetable;

export const choreNames = Object.keys(timetable) as readonly ChoreName[]; // its keys are these

export const choreScheduleId = (name: ChoreName): string => `lockstep-${name}`;
