import { alerts } from './alerts.ts';
import type { Chore } from './chore.ts';
import { contextFiles } from './context-files.ts';
import { gmailLabels } from './gmail-labels.ts';
import { healthChecks } from './health-checks.ts';
import { lifeCycle } from './life-cycle.ts';
import { notesDistribute } from './notes-distribute.ts';
import { retention } from './retention.ts';
import { sessionNotes } from './session-notes.ts';
import type { ChoreName } from './timetable.ts';

export const chores: Readonly<Record<ChoreName, Chore>> = {
  alerts,
  'context-files': contextFiles,
  'gmail-labels': gmailLabels,
  'health-checks': healthChecks,
  'life-cycle': lifeCycle,
  'notes-distribute': notesDistribute,
  retention,
  'session-notes': sessionNotes,
};
