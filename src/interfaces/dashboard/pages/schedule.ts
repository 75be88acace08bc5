import { formatAhead, formatDuration } from '../../../operations/status/format-status.ts';
import { type Html, html } from '../html.ts';
import type { ChoreReport, ChoreRun, ScheduleReport } from '../setup.ts';
import { button, moment, type View, when, wideTable } from '../view.ts';
import { setupLayout } from './setup-layout.ts';
import { verdictMark } from './verdict.ts';

export interface SchedulePage {
  /** Or why it is not known. */
  readonly report: ScheduleReport | string;
  /** The chore that was just started. */
  readonly started: string | null;
}

/** When cycles and chores run, and how the chores ended. */
export const schedulePage = ({ report, started }: SchedulePage, view: View): Html =>
  setupLayout(
    {
      title: 'Schedule and chores',
      place: '/setup/schedule',
      notice: started === null ? null : html`Started ${started}. <a href="/setup/schedule">Refresh</a>`,
      content: typeof report === 'string' ? html`<p>${report}</p>` : content(report, view),
    },
    view,
  );

const content = ({ line, everyMs, isPaused, next, chores }: ScheduleReport, view: View): Html => html`
<dl class="facts">
<dt>Schedule</dt><dd>${line}</dd>
${everyMs !== null && html`<dt>Interval</dt><dd>${formatDuration(everyMs)}</dd>`}
${everyMs !== null && html`<dt>Next cycle</dt><dd>${isPaused ? 'paused' : nextRun(next, view)}</dd>`}
</dl>
<p class="faint">${everyMs === null ? html`<a href="/setup/doctor">The doctor</a> creates the schedule.` : html`Pause and resume it on <a href="/">the overview</a>. <code>LOCKSTEP_EVERY</code> sets the interval; then run <code>lockstep schedule ensure</code>.`}</p>
<h2>Chores</h2>
${wideTable(
  'Chores',
  ['Chore', 'State', 'Next run', 'Last run', 'Status', 'Result', 'Action'],
  chores.map((chore) => choreRow(chore, view)),
)}`;

const nextRun = (next: Date | null, { now, timeZone }: View): Html =>
  next === null
    ? html`–`
    : html`<time datetime="${next.toISOString()}" title="${moment(next, timeZone)}">${formatAhead(next, now)}</time>`;

function choreRow({ name, state, next, last }: ChoreReport, view: View): Html {
  return html`<tr>
<th scope="row" class="name">${name}</th>
<td class="name">${state === 'off' ? 'off: not configured' : state}</td>
<td>${nextRun(next, view)}</td>
<td>${last === null ? '–' : lastRun(last, view)}</td>
<td class="name">${last === null ? '–' : runStatus(last)}</td>
<td class="text">${last?.message || '–'}</td>
<td>${last?.status === 'running' ? '–' : button({ action: '/setup/schedule/run', label: 'Run now', fields: { chore: name }, about: name }, view)}</td>
</tr>`;
}

const lastRun = ({ workflowId, startedAt }: ChoreRun, view: View): Html =>
  view.temporal
    ? html`<a href="${view.temporal.ofWorkflow(workflowId)}">${when(startedAt, view)}</a>`
    : when(startedAt, view);

const runStatus = ({ status }: ChoreRun): Html | string => (status === 'running' ? 'running' : verdictMark(status));
