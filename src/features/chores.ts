import { alerts } from './alerts/alerts.ts';
import type { Chore } from './chores/chore.ts';
import type { ChoreName } from './chores/timetable.ts';
import { contextFiles } from './context-files/context-files.ts';
import { gmailLabels } from './gmail-labels/gmail-labels.ts';
import { healthChecks } from './health-checks/health-checks.ts';
import { lifeCycle } from './life-cycle/life-cycle.ts';
import { notesDistribute } from './note-files/note-files.ts';
import { retention } from './retention/retention.ts';
import { sessionNotes } from './session-notes/session-notes.ts';

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
