import { RecordError } from '../../errors.ts';
import { missingSignIn } from '../../google/accounts.ts';
import { GoogleApi } from '../../google/client.ts';
import type { Account } from '../../google/grant.ts';
import { type Mailbox, openMailbox } from '../../google/labels.ts';
import type { Chore, ChoreContext } from '../chores/chore.ts';
import { forgetLabel, labelledProjects, projectLabels, renameProjectLabel, saveProjectLabel } from './label-store.ts';
import { type LabelStep, planLabels } from './plan-labels.ts';

const DONE = ['made', 'found', 'renamed', 'deleted', 'kept with their mail', 'gone'] as const;

type Done = (typeof DONE)[number];

/** One Gmail label for each Work project, kept in step with its name; none that holds mail is ever deleted. */
export const gmailLabels: Chore = async (context) => {
  const { config, database, google, grants, signal, progress } = context;
  const account = config.google.gmailLabels;
  if (account === 'off') return 'no mailbox is to have labels: LOCKSTEP_GMAIL_LABELS is off';
  const missing = await missingSignIn(config, grants, account);
  if (missing !== null) return missing;
  const api = new GoogleApi(google, account, grants, signal);
  await api.signIn();
  const mailbox = openMailbox(api);
  const labels = await mailbox.list();
  const steps = planLabels(await labelledProjects(database, account), await projectLabels(database, account), labels);
  const done: Done[] = [];
  const refused: string[] = [];
  for (const step of steps) {
    try {
      done.push(await take(step, mailbox, database, account));
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      refused.push(error.message);
    }
    progress();
  }
  return summary(done, refused);
};

async function take(
  step: LabelStep,
  mailbox: Mailbox,
  database: ChoreContext['database'],
  account: Account,
): Promise<Done> {
  switch (step.kind) {
    case 'rename':
      await mailbox.rename(step.labelId, step.name);
      await renameProjectLabel(database, account, step.projectId, step.name);
      return 'renamed';
    case 'adopt':
      await saveProjectLabel(database, account, step);
      return 'found';
    case 'create': {
      const { id: labelId } = await mailbox.create(step.name);
      await saveProjectLabel(database, account, { ...step, labelId, made: true });
      return 'made';
    }
    case 'retire':
      if (await mailbox.holdsMail(step.labelId)) return 'kept with their mail';
      await mailbox.delete(step.labelId);
      await forgetLabel(database, account, step.labelId);
      return 'deleted';
    case 'forget':
      await forgetLabel(database, account, step.labelId);
      return 'gone';
  }
}

function summary(done: readonly Done[], refused: readonly string[]): string {
  const counts = DONE.flatMap((what) => {
    const count = done.filter((one) => one === what).length;
    return count === 0 ? [] : [`${count} ${what}`];
  });
  const said = counts.length === 0 ? 'all labels are in step' : `labels: ${counts.join(', ')}`;
  return refused.length === 0 ? said : `${said}; ${refused.length} refused, such as: ${refused[0]}`;
}
