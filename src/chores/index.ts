import { alerts } from './alerts.ts';
import type { Chore } from './chore.ts';
import { retention } from './retention.ts';
import type { ChoreName } from './timetable.ts';

export const chores: Readonly<Record<ChoreName, Chore>> = { alerts, retention };
