import { remoteSideOf } from '../../../operations/history/compare-versions.ts';
import { type StoredConflict, titleOf } from '../../../operations/history/conflicts.ts';
import { SIDE_NAMES } from '../../../operations/history/format-value.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import { conflictPath, type View, when, wideTable } from '../view.ts';
import { type KeptConflicts, keptNotice } from './kept-conflicts.ts';

export interface ConflictList {
  readonly conflicts: readonly StoredConflict[];
  /** Includes the resolved ones. */
  readonly all: boolean;
  /** The maximum number shown. */
  readonly limit: number;
  /** What the visitor has just done. */
  readonly kept: KeptConflicts | null;
}

/** Conflicts: records that both sides had changed. */
export const conflictsPage = ({ conflicts, all, limit, kept }: ConflictList, view: View): Html =>
  layout(
    {
      title: all ? 'All conflicts' : 'Conflicts',
      at: '/conflicts',
      notice: kept && keptNotice(kept),
      content: html`
<p>${all ? html`<a href="/conflicts">Open conflicts only</a>` : html`<a href="/conflicts?all=1">Include resolved conflicts</a>`}</p>
${
  conflicts.length === 0
    ? html`<p class="faint">${all ? 'No conflicts.' : 'No open conflicts.'}</p>`
    : keepForm(conflicts, view)
}
${conflicts.length === limit && html`<p class="faint">The newest ${limit} are shown; <code>lockstep conflicts list</code> lists all.</p>`}`,
    },
    view,
  );

/** Keeps one side of the chosen conflicts. */
function keepForm(conflicts: readonly StoredConflict[], view: View): Html {
  const open = conflicts.filter(({ resolvedAt }) => resolvedAt === null);
  const sides = open.length === 0 ? [] : ['sql' as const, ...new Set(open.map(remoteSideOf))];
  return html`<form method="post" action="/conflicts/keep" class="choice">
<input type="hidden" name="form" value="${view.formToken}">
${wideTable(
  'Conflicts',
  ['Choose', 'Record', 'Entity', 'Detected', 'Winner', 'Reason', 'Status'],
  conflicts.map((conflict) => conflictRow(conflict, view)),
)}
${
  sides.length > 0 &&
  html`<p>For the chosen conflicts:</p>
<div class="actions">${sides.map((side) => html`<button name="keep" value="${side}">Keep ${SIDE_NAMES[side]}</button>`)}</div>`
}</form>`;
}

const conflictRow = (conflict: StoredConflict, view: View): Html => html`<tr>
<td>${conflict.resolvedAt === null && html`<input type="checkbox" name="conflict" value="${conflict.id}" aria-label="Choose ${titleOf(conflict)}">`}</td>
<th scope="row"><a href="${conflictPath(conflict.id)}">${titleOf(conflict)}</a></th>
<td>${conflict.entity}</td>
<td>${when(conflict.detectedAt, view)}</td>
<td>${SIDE_NAMES[conflict.winner]}</td>
<td>${conflict.reason}</td>
<td>${conflict.resolvedAt ? html`Resolved ${when(conflict.resolvedAt, view)}` : 'Open'}</td>
</tr>`;
