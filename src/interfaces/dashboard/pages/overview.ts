import type { Health } from '../../../operations/status/entity-health.ts';
import {
  describeBudget,
  describePending,
  formatDuration,
  pluralize,
} from '../../../operations/status/format-status.ts';
import { describeOpen, describeTrouble } from '../../../operations/status/open-work.ts';
import type { PastCycle } from '../../../operations/status/past-runs.ts';
import { remainingTime } from '../../../operations/status/remaining-time.ts';
import { totalPending } from '../../../operations/status/verdict.ts';
import { barChart } from '../charts.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import type { TemporalState } from '../temporal.ts';
import { button, moment, type View, when, workflowLink } from '../view.ts';
import { attentionSection, healthySection } from './overview-entities.ts';

export interface Overview {
  readonly health: Health;
  /** Oldest first. */
  readonly cycles: readonly PastCycle[];
  /** Or why it is not known. */
  readonly temporal: TemporalState | string;
  /** The workflow id of a cycle that was just started. */
  readonly started: string | null;
}

/** The health of every entity, at a glance. */
export function overviewPage({ health, cycles, temporal, started }: Overview, view: View): Html {
  const waiting = totalPending(health);
  return layout(
    {
      title: 'Overview',
      at: '/',
      notice: started === null ? null : startedNotice(started, view),
      content: html`
${attentionSection(health, view)}
<dl class="facts">
<dt>Schedule</dt><dd>${typeof temporal === 'string' ? temporal : temporal.schedule}</dd>
${typeof temporal !== 'string' && temporal.open.length > 0 && openFact(temporal, cycles, view)}
<dt>Budget</dt><dd>${describeBudget(health.budget, health.at)}</dd>
<dt>Pending</dt><dd>${describePending(waiting) || 'nothing'}</dd>
<dt>Conflicts</dt><dd><a href="/conflicts">${pluralize(waiting.conflicts, 'open conflict')}</a></dd>
${health.approvals.length > 0 && html`<dt>Approvals</dt><dd><a href="/approvals">${pluralize(health.approvals.length, 'open approval')}</a></dd>`}
</dl>
<div class="actions">${button({ action: '/sync', label: 'Run a cycle now', strong: true }, view)}
${typeof temporal !== 'string' && pauseForm(temporal.isPaused, view)}</div>
${healthySection(health, view)}
<h2>Recent cycles</h2>
${cycles.length === 0 ? html`<p class="faint">No cycle has run yet.</p>` : charts(cycles, view)}`,
    },
    view,
  );
}

const PAUSES = [
  ['1h', 'for 1 hour'],
  ['8h', 'for 8 hours'],
  ['1d', 'for a day'],
  ['', 'until resumed'],
] as const;

/** Pauses cycles, hints and chores, or resumes them. */
const pauseForm = (isPaused: boolean, view: View): Html =>
  isPaused
    ? button({ action: '/resume', label: 'Resume' }, view)
    : html`<form method="post" action="/pause">
<input type="hidden" name="form" value="${view.formToken}">
<button>Pause</button>
<select name="for" aria-label="How long">${PAUSES.map(([time, label]) => html`<option value="${time}">${label}</option>`)}</select>
</form>`;

const startedNotice = (workflowId: string, view: View): Html => html`Cycle started:
${workflowLink(workflowId, view)}.
<a href="/">Refresh</a>`;

const openFact = ({ open, progress }: TemporalState, cycles: readonly PastCycle[], view: View): Html =>
  html`<dt>Now</dt><dd>${open.map((workflow) => {
    const { workflowId, since } = workflow;
    const of = progress.get(workflowId);
    const rest = of && remainingTime(since, of, cycles, view.now);
    const state = describeOpen(workflow);
    const name = view.temporal ? html`<a href="${view.temporal.ofWorkflow(workflowId)}">${workflowId}</a>` : workflowId;
    return html`${state !== null && html`<div>${state}: ${name}, started ${when(since, view)}${of && html`, ${of.done} of ${pluralize(of.total, 'sync')} done`}${rest && `, ${rest}`}</div>`}
${describeTrouble(workflow).map((line) => html`<div class="why">${line}</div>`)}`;
  })}</dd>`;

function charts(cycles: readonly PastCycle[], { timeZone }: View): Html {
  const last = cycles.at(-1);
  const label = ({ finishedAt }: PastCycle): string => moment(finishedAt, timeZone);
  const longest = Math.max(...cycles.map(({ durationMs }) => durationMs));
  const changed = cycles.reduce((sum, cycle) => sum + cycle.changed, 0);
  const of = pluralize(cycles.length, 'cycle');
  return html`<div class="charts">
${barChart({
  title: 'Duration',
  summary: `${of}; last ${formatDuration(last?.durationMs ?? 0)}, longest ${formatDuration(longest)}.`,
  headings: ['Finished', 'Duration'],
  bars: cycles.map((cycle) => ({
    label: label(cycle),
    value: cycle.durationMs,
    text: formatDuration(cycle.durationMs),
    failed: cycle.failed > 0,
  })),
})}
${barChart({
  title: 'Records changed',
  summary: `${of}; ${changed} in total, ${last?.changed ?? 0} in the last.`,
  headings: ['Finished', 'Changed'],
  bars: cycles.map((cycle) => ({ label: label(cycle), value: cycle.changed, text: String(cycle.changed) })),
})}
${barChart({
  title: 'Requests',
  summary: `${of}; ${last?.requests ?? 0} in the last.`,
  headings: ['Finished', 'Requests'],
  bars: cycles.map((cycle) => ({ label: label(cycle), value: cycle.requests, text: String(cycle.requests) })),
})}
</div>`;
}
