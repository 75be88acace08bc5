import type { NetChange } from '../../../operations/history/changes.ts';
import type { CycleDiff } from '../../../operations/history/cycle-diff.ts';
import { SIDE_NAMES } from '../../../operations/history/format-value.ts';
import type { CycleSummary } from '../../../operations/status/cycle-list.ts';
import { describeCounts, formatDuration, pluralize } from '../../../operations/status/format-status.ts';
import type { PastRun } from '../../../operations/status/past-runs.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import { cyclePath, isUndo, moment, recordPath, shortCycle, type View, wideTable } from '../view.ts';
import { changedFieldsOf } from './changed-fields.ts';
import { cycleMark } from './cycles.ts';
import { runsTable } from './runs.ts';

export interface OneCycle {
  readonly cycleId: string;
  /** Null for an undo. */
  readonly cycle: CycleSummary | null;
  readonly runs: readonly PastRun[];
  readonly diff: CycleDiff;
  /** What the visitor has just undone. */
  readonly undone: { readonly undoId: string; readonly records: number } | null;
}

/** One cycle or undo: its runs, what it wrote, and the way to its undo. */
export const cyclePage = ({ cycleId, cycle, runs, diff, undone }: OneCycle, view: View): Html =>
  layout(
    {
      title: isUndo(cycleId) ? `Undo ${shortCycle(cycleId)}` : `Cycle ${shortCycle(cycleId)}`,
      at: '/cycles',
      notice:
        undone &&
        html`${pluralize(undone.records, 'record')} reverted. The next cycle syncs them. Undo it with <a href="${cyclePath(undone.undoId)}">${undone.undoId}</a>.`,
      content: html`
<dl class="facts">
<dt>Id</dt><dd>${cycleId}</dd>
${cycle && cycleFacts(cycle, view)}
${view.temporal && !isUndo(cycleId) && html`<dt>Workflow</dt><dd><a href="${view.temporal.ofCycle(cycleId)}">View in Temporal</a></dd>`}
</dl>
<h2>Changes</h2>
${diff.records.length === 0 ? html`<p class="faint">No changes are recorded.</p>` : changes(cycleId, diff)}
${runs.length > 0 && html`<h2>Syncs</h2>${runsTable(runs, view)}`}`,
    },
    view,
  );

const cycleFacts = (cycle: CycleSummary, { timeZone }: View): Html => html`
<dt>Started</dt><dd>${moment(cycle.startedAt, timeZone)}</dd>
<dt>Duration</dt><dd>${formatDuration(cycle.durationMs)}</dd>
<dt>Status</dt><dd>${cycleMark(cycle)}</dd>
<dt>Result</dt><dd>${describeCounts(cycle)}</dd>
<dt>Requests</dt><dd>${cycle.requests}</dd>`;

const changes = (cycleId: string, { size, records, recordTitles, titles }: CycleDiff): Html => html`
<p>${size.hasMore && 'more than '}${pluralize(size.records, 'record')}${records.length < size.records && `; the first ${records.length} are shown`}</p>
<div class="actions"><a class="button" href="${cyclePath(cycleId)}/undo">Preview the undo</a></div>
${wideTable(
  'Changes',
  ['Record', 'Field', 'Before', 'After'],
  records.map((record) => recordRows(record, recordTitles.get(record.recordId), titles)),
)}`;

function recordRows(record: NetChange, title: string | undefined, titles: ReadonlyMap<string, string>): Html {
  const { entity, recordId, createdOn } = record;
  const name =
    title === undefined
      ? html`${recordId} <span class="faint">deleted in SQL</span>`
      : html`<a href="${recordPath(entity, recordId)}">${title || '(untitled)'}</a>`;
  const fields = changedFieldsOf(record, titles);
  const first = createdOn ? html`<td colspan="3">Created in ${SIDE_NAMES[createdOn]}</td>` : null;
  const cells = [
    ...(first || fields.length === 0 ? [first ?? html`<td colspan="3">No difference</td>`] : []),
    ...fields.map(
      ({ name: field, before, after }) =>
        html`<td>${field}</td><td class="text">${before}</td><td class="text">${after}</td>`,
    ),
  ];
  return html`${cells.map(
    (cell, at) => html`<tr>
${at === 0 && html`<th scope="row" rowspan="${cells.length}">${name}<br><span class="faint">${entity}</span></th>`}${cell}</tr>`,
  )}`;
}
