import { compareVersions, losingSideOf, remoteSideOf } from '../../../operations/history/compare-versions.ts';
import { type StoredConflict, titleOf } from '../../../operations/history/conflicts.ts';
import { formatShort, formatValue, SIDE_NAMES } from '../../../operations/history/format-value.ts';
import type { RestorePlan } from '../../../operations/history/restore-conflict.ts';
import type { Value } from '../../../sync/types.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import { button, conflictPath, entityPath, recordPath, type View, when, wideTable } from '../view.ts';

export interface ConflictList {
  readonly conflicts: readonly StoredConflict[];
  /** Includes the resolved ones. */
  readonly all: boolean;
  /** The maximum number shown. */
  readonly limit: number;
}

/** Conflicts: records that both sides had changed. */
export const conflictsPage = ({ conflicts, all, limit }: ConflictList, view: View): Html =>
  layout(
    {
      title: all ? 'All conflicts' : 'Conflicts',
      at: '/conflicts',
      content: html`
<p>${all ? html`<a href="/conflicts">Open conflicts only</a>` : html`<a href="/conflicts?all=1">Include resolved conflicts</a>`}</p>
${
  conflicts.length === 0
    ? html`<p class="faint">${all ? 'No conflicts.' : 'No open conflicts.'}</p>`
    : wideTable(
        'Conflicts',
        ['Record', 'Entity', 'Detected', 'Winner', 'Reason', 'Status'],
        conflicts.map((conflict) => conflictRow(conflict, view)),
      )
}
${conflicts.length === limit && html`<p class="faint">The newest ${limit} are shown; <code>lockstep conflicts list</code> lists all.</p>`}`,
    },
    view,
  );

const conflictRow = (conflict: StoredConflict, view: View): Html => html`<tr>
<th scope="row"><a href="${conflictPath(conflict.id)}">${titleOf(conflict)}</a></th>
<td>${conflict.entity}</td>
<td>${when(conflict.detectedAt, view)}</td>
<td>${SIDE_NAMES[conflict.winner]}</td>
<td>${conflict.reason}</td>
<td>${conflict.resolvedAt ? html`Resolved ${when(conflict.resolvedAt, view)}` : 'Open'}</td>
</tr>`;

export interface OneConflict {
  readonly conflict: StoredConflict;
  /** Titles of linked rows, by page id. */
  readonly titles: ReadonlyMap<string, string>;
  /** What restoring would do, or why it cannot be done here; null when the conflict is resolved. */
  readonly plan: RestorePlan | string | null;
  /** What the visitor has just done. */
  readonly done: 'restored' | 'settled' | null;
}

/** One conflict: its versions side by side, and the possible actions. */
export function conflictPage({ conflict, titles, plan, done }: OneConflict, view: View): Html {
  const { id, entity, recordId, pageId, winner, reason, detectedAt, resolvedAt } = conflict;
  const remote = SIDE_NAMES[remoteSideOf(conflict)];
  const loser = SIDE_NAMES[losingSideOf(conflict)];
  const path = conflictPath(id);
  return layout(
    {
      title: titleOf(conflict),
      at: '/conflicts',
      notice: done && html`${DONE[done](loser, remote)}`,
      content: html`
<p>${SIDE_NAMES[winner]} won ${when(detectedAt, view)}: ${reason}.</p>
<dl class="facts">
<dt>Entity</dt><dd><a href="${entityPath(entity)}">${entity}</a></dd>
<dt>Row</dt><dd><a href="${recordPath(entity, recordId)}">${recordId}</a></dd>
<dt>${remote}</dt><dd>${pageId ?? 'unknown'}</dd>
<dt>Status</dt><dd>${resolvedAt ? html`Resolved ${when(resolvedAt, view)}` : 'Open'}</dd>
</dl>
${sideBySide(conflict, titles)}
${
  plan !== null &&
  html`${restoreChoice(plan, { path, loser, titles }, view)}
<div class="actions">${button({ action: `${path}/settle`, label: 'Keep current version' }, view)}</div>`
}`,
    },
    view,
  );
}

interface RestoreForm {
  readonly path: string;
  readonly loser: string;
  readonly titles: ReadonlyMap<string, string>;
}

function restoreChoice(plan: RestorePlan | string, form: RestoreForm, view: View): Html {
  if (typeof plan === 'string') return html`<p class="why">${plan}</p>`;
  if (plan.fields.length === 0) return html`<p>The record has the values of the ${form.loser} version.</p>`;
  return restoreForm(plan, form, view);
}

/** A field that was edited after the conflict is not chosen: restoring it overwrites that edit. */
const restoreForm = ({ fields, digest }: RestorePlan, { path, loser, titles }: RestoreForm, view: View): Html => html`
<form method="post" action="${path}/restore" class="choice">
<input type="hidden" name="form" value="${view.formToken}">
<input type="hidden" name="seen" value="${digest}">
<fieldset><legend>Restore fields of the ${loser} version</legend>
${fields.map(
  ({ name, current, losing, isChangedSince }) => html`<label>
<input type="checkbox" name="field" value="${name}"${!isChangedSince && html` checked`}>
<span><strong>${name}</strong>: ${clip(current, titles)} → ${clip(losing, titles)}
${isChangedSince && html`<span class="why">edited after the conflict</span>`}</span></label>`,
)}</fieldset>
<button class="strong">Restore chosen fields</button>
</form>`;

/** The whole values are in the table. */
const clip = (value: Value, titles: ReadonlyMap<string, string>): string =>
  formatShort(value, titles, MAX_CHOICE_LENGTH);

const MAX_CHOICE_LENGTH = 120;

/** A table; on a phone its cells are stacked, so its roles are explicit. */
function sideBySide(conflict: StoredConflict, titles: ReadonlyMap<string, string>): Html {
  const isSqlTheWinner = conflict.winner === 'sql';
  const sides = ['Before', ...sideNames(conflict)];
  const cell = (value: Value | undefined, side: number, won: boolean): Html =>
    html`<td role="cell" class="${won ? 'text won' : 'text'}" data-side="${sides[side]}">${formatValue(value, titles)}</td>`;
  const rows = compareVersions(conflict).map(
    ({ name, base, remote, sql }) => html`<tr role="row">
<th role="rowheader" scope="row">${name}</th>
${cell(base, 0, false)}
${cell(remote, 1, !isSqlTheWinner)}
${cell(sql, 2, isSqlTheWinner)}
</tr>`,
  );
  const heading = (text: string): Html => html`<th role="columnheader" scope="col">${text}</th>`;
  return html`<div class="wide" role="region" aria-label="Versions side by side" tabindex="0"><table class="sides" role="table">
<thead role="rowgroup"><tr role="row">${['Field', ...sides].map(heading)}</tr></thead>
<tbody role="rowgroup">${rows}</tbody>
</table></div>`;
}

/** `Notion (won)`, `SQL (lost)` */
const sideNames = (conflict: StoredConflict): readonly string[] => {
  const loser = losingSideOf(conflict);
  return [remoteSideOf(conflict), 'sql' as const].map(
    (side) => `${SIDE_NAMES[side]} (${side === loser ? 'lost' : 'won'})`,
  );
};

const DONE = {
  restored: (loser: string, remote: string) =>
    `The ${loser} version was restored. The next cycle sends it to ${remote}.`,
  settled: () => 'Resolved: the current version was kept.',
} as const;
