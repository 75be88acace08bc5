import type { DoctorCheck, DoctorState, FoundFinding } from '../../../operations/doctor/background-doctor.ts';
import { type FindingCode, isProblem, NOTHING_TO_DO } from '../../../operations/doctor/finding.ts';
import { formatDuration, pluralize } from '../../../operations/status/format-status.ts';
import { type Html, html } from '../html.ts';
import { button, type View, when } from '../view.ts';
import { setupLayout } from './setup-layout.ts';

/** Findings that are decided on a page. */
const PAGES: Partial<Readonly<Record<FindingCode, readonly [path: string, label: string]>>> = {
  conflicts_open: ['/conflicts', 'Open conflicts'],
  edits_refused: ['/conflicts', 'Open conflicts'],
  approval_waiting: ['/approvals', 'Approvals'],
  chore_schedule: ['/setup/schedule', 'Schedule and chores'],
};

/** What `lockstep doctor` finds, with a button for what it can fix. */
export const doctorPage = ({ runningSince, last }: DoctorState, view: View): Html =>
  setupLayout(
    {
      title: 'Doctor',
      place: '/setup/doctor',
      notice: last?.fixed ? fixNotice(last.fixed) : null,
      content: html`
<p>The doctor checks PostgreSQL, Temporal, Notion and Google, as <code>lockstep doctor</code> does. A check changes nothing.</p>
<div class="actions">${
        runningSince
          ? html`<p>A check has been running since ${when(runningSince, view)}. <a href="/setup/doctor">Refresh</a></p>`
          : button({ action: '/setup/doctor', label: 'Check now', strong: true }, view)
      }</div>
${last === null ? html`<p class="faint">Not checked yet since this dashboard was started.</p>` : checkSection(last, runningSince !== null, view)}`,
    },
    view,
  );

const fixNotice = ({ finding, outcome, ok }: NonNullable<DoctorCheck['fixed']>): Html =>
  html`${ok ? 'Fixed' : 'Not fixed:'} ${finding.subject}: ${outcome}`;

function checkSection({ at, durationMs, result }: DoctorCheck, isRunning: boolean, view: View): Html {
  const checked = html`Checked ${when(at, view)}, in ${formatDuration(durationMs)}:`;
  if (typeof result === 'string') return html`<p>${checked} no result. ${result}</p>`;
  const problems = result.filter(({ finding }) => isProblem(finding));
  const notes = result.filter(({ finding }) => !isProblem(finding));
  return html`<p>${checked} ${problems.length === 0 ? 'no problems' : pluralize(problems.length, 'problem')}${notes.length > 0 && `, ${pluralize(notes.length, 'note')}`}.</p>
${problems.length > 0 && html`<h2>Problems</h2>${findingList(problems, isRunning, view)}`}
${notes.length > 0 && html`<h2>Notes</h2>${findingList(notes, isRunning, view)}`}`;
}

const findingList = (
  findings: readonly FoundFinding[],
  isRunning: boolean,
  view: View,
): Html => html`<ul class="findings">
${findings.map((found) => findingItem(found, isRunning, view))}
</ul>`;

function findingItem({ finding, id, isFixable }: FoundFinding, isRunning: boolean, view: View): Html {
  const { subject, code, what, why, fix } = finding;
  const [path, label] = PAGES[code] ?? [null, ''];
  return html`<li>
<h3>${subject}</h3>
<p>${what} <span class="faint">(${code})</span></p>
${fix !== NOTHING_TO_DO && html`<dl class="facts"><dt>Reason</dt><dd>${why}</dd><dt>Fix</dt><dd>${fix}</dd></dl>`}
${path !== null && html`<p><a href="${path}">${label}</a></p>`}
${isFixable && !isRunning && button({ action: '/setup/doctor/fix', label: 'Fix', fields: { finding: id }, about: `${subject}: ${what}` }, view)}
</li>`;
}
