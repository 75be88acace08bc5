import { commonName } from '../../../definition/named-entities.ts';
import { SIDE_NAMES } from '../../../operations/history/format-value.ts';
import type { AppliedChanges, PlannedChange } from '../../../operations/plan/make-plan.ts';
import { pluralize } from '../../../operations/status/format-status.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import type { PlannedState, PlanState, Problems } from '../plan-job.ts';
import { button, cyclePath, recordPath, type View, when, wideTable } from '../view.ts';
import { changedFieldsOf } from './changed-fields.ts';
import { directionName } from './verdict.ts';

export interface OnePlan {
  readonly state: PlanState;
  /** The first changes of the plan. */
  readonly shown: readonly PlannedChange[];
  /** Titles of linked rows, by page id. */
  readonly titles: ReadonlyMap<string, string>;
}

/** What the next cycle would write, and the button that does it. */
export const planPage = (plan: OnePlan, view: View): Html =>
  layout(
    {
      title: 'Plan',
      at: '/plan',
      content: html`
<p>A plan shows what a cycle would write on each side, by record and field. It writes nothing.</p>
${contentOf(plan, view)}`,
    },
    view,
  );

function contentOf(plan: OnePlan, view: View): Html {
  const { state } = plan;
  switch (state.kind) {
    case 'none':
      return planButton('Make a plan', view);
    case 'working':
      return html`<p>${state.what === 'planning' ? 'Making the plan' : 'Applying the plan'}: ${state.at}. Started ${when(state.since, view)}. <a href="/plan">Refresh</a></p>`;
    case 'failed':
      return html`<p class="why">${state.message}</p>${
        state.cycleId !== null &&
        html`<p>Some changes may have been applied before: <a href="${cyclePath(state.cycleId)}">view or undo them</a>.</p>`
      }${planButton('Make a new plan', view)}`;
    case 'planned':
      return plannedContent({ ...plan, state }, view);
    case 'applied':
      return html`<p>Applied ${when(state.at, view)}.</p>${appliedContent(state.result)}${problemList(state.problems)}${planButton('Make a new plan', view)}`;
  }
}

const planButton = (label: string, view: View): Html =>
  html`<div class="actions">${button({ action: '/plan', label, strong: label === 'Make a plan' }, view)}</div>`;

interface Planned extends OnePlan {
  readonly state: PlannedState;
}

function plannedContent({ state, shown, titles }: Planned, view: View): Html {
  const { id, madeAt, counts, problems } = state;
  const total = counts.sql + counts.notion + counts.google;
  const names = [...new Set(shown.map(({ entity }) => entity))];
  const label = `Apply ${pluralize(total, 'change')}`;
  return html`
<p>Made ${when(new Date(madeAt), view)}: ${total === 0 ? 'no changes' : describeCounts(counts)}.</p>
${problemList(problems)}
${total > shown.length && html`<p class="why">The first ${shown.length} are shown. Apply a plan of this size with <code>lockstep plan --out plan.json</code> and <code>lockstep apply plan.json</code>.</p>`}
<div class="actions">${
    total > 0 &&
    total === shown.length &&
    button({ action: '/plan/apply', label, fields: { seen: id }, strong: true }, view)
  }
${button({ action: '/plan', label: 'Make a new plan' }, view)}</div>
${total > 0 && html`<p class="faint">A record that changes before the plan is applied is skipped.</p>`}
${names.map(
  (name) => html`<h2>${name}</h2>
${wideTable(
  `Changes of ${name}`,
  ['Record', 'Direction', 'Result', 'Field', 'Before', 'After'],
  shown.filter(({ entity }) => entity === name).map((change) => changeRows(change, titles)),
)}`,
)}`;
}

/** `3 in SQL, 1 in Notion` */
const describeCounts = (counts: PlannedState['counts']): string =>
  (['sql', 'notion', 'google'] as const)
    .flatMap((side) => (counts[side] === 0 ? [] : [`${pluralize(counts[side], 'change')} in ${SIDE_NAMES[side]}`]))
    .join(', ');

function changeRows(change: PlannedChange, titles: ReadonlyMap<string, string>): Html {
  const { entity, side, recordId, title, before } = change;
  const name = title || '(untitled)';
  const isNew = side === 'sql' && before === null;
  const fields = changedFieldsOf(change, titles).filter(({ after }) => before !== null || after !== '–');
  const cells = fields.map(
    ({ name: field, before: old, after }) =>
      html`<td>${field}</td><td class="text">${old}</td><td class="text">${after}</td>`,
  );
  const rows = cells.length > 0 ? cells : [html`<td colspan="3">No difference</td>`];
  return html`${rows.map(
    (cell, at) => html`<tr>
${
  at === 0 &&
  html`<th scope="row" rowspan="${rows.length}">${isNew ? name : html`<a href="${recordPath(commonName(entity), recordId)}">${name}</a>`}</th>
<td rowspan="${rows.length}">${directionOf(change)}</td><td rowspan="${rows.length}">${resultOf(change)}</td>`
}${cell}</tr>`,
  )}`;
}

const directionOf = ({ entity, side }: PlannedChange): string =>
  directionName(commonName(entity), side === 'sql' ? 'inbound' : 'outbound');

function resultOf({ before, after }: PlannedChange): string {
  if (before === null) return 'Create';
  if (before.archived === after.archived) return 'Update';
  return after.archived ? 'Archive' : 'Restore';
}

const appliedContent = ({ entities, cycleId }: AppliedChanges): Html => {
  const skipped = entities.flatMap((entity) => entity.skipped);
  const applied = entities.reduce((sum, entity) => sum + entity.applied.length, 0);
  return html`<p role="status">${applied} of ${pluralize(applied + skipped.length, 'change')} applied.
${cycleId !== null && html`<a href="${cyclePath(cycleId)}">View or undo them</a>.`}</p>
${
  skipped.length > 0 &&
  html`<p class="why">Skipped, because they changed since the plan was made:</p>
<ul>${skipped.map(({ entity, side, title }) => html`<li>${entity} "${title}" in ${SIDE_NAMES[side]}</li>`)}</ul>`
}`;
};

const problemList = ({ first, count }: Problems): Html | null =>
  count === 0
    ? null
    : html`<ul class="attention">${first.map((problem) => html`<li>${problem}</li>`)}</ul>
${count > first.length && html`<p class="why">${count - first.length} more</p>`}`;
