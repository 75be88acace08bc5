import { RecordError } from '../../errors.ts';
import { missingSignIn } from '../../google/accounts.ts';
import { GoogleApi } from '../../google/google-api.ts';
import type { Account } from '../../google/grant.ts';
import { type Mailbox, openMailbox } from '../../google/labels.ts';
import type { Chore, ChoreContext } from '../chores/chore.ts';
import { forgetLabel, readProjectLabels, readProjects, renameProjectLabel, saveProjectLabel } from './label-store.ts';
import { type LabelStep, planLabels } from './plan-labels.ts';

const OUTCOMES = ['created', 'adopted', 'renamed', 'deleted', 'kept because of their mail', 'forgotten'] as const;

type Outcome = (typeof OUTCOMES)[number];

/** Keeps one Gmail label for each Work project, named after it. Labels with mail are never deleted. */
export const gmailLabels: Chore = async (context) => {
  const { config, database, google, grants, signal, progress } = context;
  const account = config.google.gmailLabels;
  if (account === 'off') return 'no labels are kept: LOCKSTEP_GMAIL_LABELS is off';
  const missing = await missingSignIn(config, grants, account);
  if (missing !== null) return missing;
  const api = new GoogleApi(google, account, grants, signal);
  await api.signIn();
  const mailbox = openMailbox(api);
  const labels = await mailbox.list();
  const steps = planLabels(await readProjects(database, account), await readProjectLabels(database, account), labels);
  const outcomes: Outcome[] = [];
  const refused: string[] = [];
  for (const step of steps) {
    try {
      outcomes.push(await applyStep(step, mailbox, database, account));
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      refused.push(error.message);
    }
    progress();
  }
  return summarize(outcomes, refused);
};

async function applyStep(
  step: LabelStep,
  mailbox: Mailbox,
  database: ChoreContext['database'],
  account: Account,
): Promise<Outcome> {
  switch (step.kind) {
    case 'rename':
      await mailbox.rename(step.labelId, step.name);
      await renameProjectLabel(database, account, step.projectId, step.name);
      return 'renamed';
    case 'adopt':
      await saveProjectLabel(database, account, step);
      return 'adopted';
    case 'create': {
      const { id: labelId } = await mailbox.create(step.name);
      await saveProjectLabel(database, account, { ...step, labelId, made: true });
      return 'created';
    }
    case 'retire':
      if (await mailbox.hasMail(step.labelId)) return 'kept because of their mail';
      await mailbox.delete(step.labelId);
      await forgetLabel(database, account, step.labelId);
      return 'deleted';
    case 'forget':
      await forgetLabel(database, account, step.labelId);
      return 'forgotten';
  }
}

function summarize(outcomes: readonly Outcome[], refused: readonly string[]): string {
  const counts = OUTCOMES.flatMap((what) => {
    const count = outcomes.filter((one) => one === what).length;
    return count === 0 ? [] : [`${count} ${what}`];
  });
  const text = counts.length === 0 ? 'labels: no changes' : `labels: ${counts.join(', ')}`;
  return refused.length === 0 ? text : `${text}; ${refused.length} refused, for example: ${refused[0]}`;
}
