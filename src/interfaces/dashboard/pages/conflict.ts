import type { ConflictChoice, DecidableField } from '../../../operations/history/choose-versions.ts';
import { compareVersions, losingSideOf, remoteSideOf } from '../../../operations/history/compare-versions.ts';
import { type StoredConflict, titleOf } from '../../../operations/history/conflicts.ts';
import { formatShort, formatValue, SIDE_NAMES } from '../../../operations/history/format-value.ts';
import { isSameValue } from '../../../sync/reconcile.ts';
import type { Value } from '../../../sync/types.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import { button, conflictPath, entityPath, recordPath, type View, when } from '../view.ts';

export interface OneConflict {
  readonly conflict: StoredConflict;
  /** Titles of linked rows, by page id. */
  readonly titles: ReadonlyMap<string, string>;
  /** What can be decided, or why nothing can; null when the conflict is resolved. */
  readonly choice: ConflictChoice | string | null;
  /** What the visitor has just done. */
  readonly done: 'changed' | 'kept' | null;
}

/** One conflict: its versions side by side, and the possible actions. */
export function conflictPage({ conflict, titles, choice, done }: OneConflict, view: View): Html {
  const { id, entity, recordId, pageId, winner, reason, detectedAt, resolvedAt } = conflict;
  const remote = SIDE_NAMES[remoteSideOf(conflict)];
  return layout(
    {
      title: titleOf(conflict),
      at: '/conflicts',
      notice: done && html`${DONE[done]}`,
      content: html`
<p>${SIDE_NAMES[winner]} won ${when(detectedAt, view)}: ${reason}.</p>
<dl class="facts">
<dt>Entity</dt><dd><a href="${entityPath(entity)}">${entity}</a></dd>
<dt>Row</dt><dd><a href="${recordPath(entity, recordId)}">${recordId}</a></dd>
<dt>${remote}</dt><dd>${pageId ?? 'unknown'}</dd>
<dt>Status</dt><dd>${resolvedAt ? html`Resolved ${when(resolvedAt, view)}` : 'Open'}</dd>
</dl>
${sideBySide(conflict, titles)}
${choice !== null && decision(choice, { path: conflictPath(id), remote, titles }, view)}`,
    },
    view,
  );
}

interface DecisionForm {
  readonly path: string;
  /** The name of the side that is not SQL. */
  readonly remote: string;
  readonly titles: ReadonlyMap<string, string>;
}

function decision(choice: ConflictChoice | string, form: DecisionForm, view: View): Html {
  const settle = html`<div class="actions">${button({ action: `${form.path}/settle`, label: 'Keep current version' }, view)}</div>`;
  if (typeof choice === 'string') return html`<p class="why">${choice}</p>${settle}`;
  if (choice.fields.length === 0) return html`<p>The record has the values of both versions.</p>${settle}`;
  return decisionForm(choice, form, view);
}

/** Each field keeps its current value unless another one is chosen. */
const decisionForm = ({ fields, digest }: ConflictChoice, form: DecisionForm, view: View): Html => html`
<form method="post" action="${form.path}/resolve" class="choice">
<input type="hidden" name="form" value="${view.formToken}">
<input type="hidden" name="seen" value="${digest}">
${fields.map((field) => fieldChoice(field, form))}
<div class="actions"><button class="strong">Resolve with these values</button>
<button name="keep" value="sql">Keep SQL</button>
<button name="keep" value="remote">Keep ${form.remote}</button></div>
</form>`;

function fieldChoice(field: DecidableField, { remote, titles }: DecisionForm): Html {
  const { name, sql, remote: inRemote, current, isChangedSince } = field;
  const isCurrent = (value: Value | undefined): boolean => value !== undefined && isSameValue(value, current);
  const checked = isCurrent(sql) ? 'sql' : isCurrent(inRemote) ? 'remote' : 'current';
  const option = (use: string, label: Html | string): Html => html`<label>
<input type="radio" name="use.${name}" value="${use}"${use === checked && html` checked`}><span>${label}
${use === checked && isChangedSince && html`<span class="why">edited after the conflict</span>`}</span></label>`;
  const version = (use: 'sql' | 'remote', side: string): Html | null =>
    field[use] === undefined ? null : option(use, `${side}: ${clip(field[use], titles)}`);
  return html`<fieldset><legend>${name}</legend>
${version('sql', 'SQL')}
${version('remote', remote)}
${checked === 'current' && option('current', `Current: ${clip(current, titles)}`)}
${field.isTyped && html`<div class="typed">${option('typed', 'Another value')}${typedInput(field)}</div>`}</fieldset>`;
}

/** Empty unless a person types: the value is not taken by mistake. */
function typedInput({ name, options, current }: DecidableField): Html {
  const choices = typeof current === 'boolean' ? ['true', 'false'] : options;
  const label = html`aria-label="Another value of ${name}"`;
  if (choices === null) return html`<input type="text" name="typed.${name}" ${label}>`;
  return html`<select name="typed.${name}" ${label}>
<option value="">–</option>${choices.map((value) => html`<option value="${value}">${value}</option>`)}</select>`;
}

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
  changed: 'Resolved. The next cycle syncs the changed fields.',
  kept: 'Resolved: the current version was kept.',
} as const;
