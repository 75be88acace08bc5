import { compareVersions, losingSideOf, remoteSideOf } from '../../../operations/history/compare-versions.ts';
import { type KeptConflict, titleOf } from '../../../operations/history/conflicts.ts';
import { NAMES, textOf } from '../../../operations/history/format-value.ts';
import type { Value } from '../../../sync/types.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import { button, conflictPath, entityPath, type View, when, wideTable } from '../view.ts';

export interface ConflictList {
  readonly conflicts: readonly KeptConflict[];
  /** Also the settled ones. */
  readonly all: boolean;
  /** How many are shown at most. */
  readonly limit: number;
}

/** The inbox: what lost when both sides had changed a record. */
export const conflictsPage = ({ conflicts, all, limit }: ConflictList, view: View): Html =>
  layout(
    {
      title: all ? 'All conflicts' : 'Conflicts',
      at: '/conflicts',
      content: html`
<p>${all ? html`<a href="/conflicts">Only those that wait</a>` : html`<a href="/conflicts?all=1">Also the settled ones</a>`}</p>
${
  conflicts.length === 0
    ? html`<p class="faint">${all ? 'There has been no conflict.' : 'No conflict waits.'}</p>`
    : wideTable(
        'Conflicts',
        ['Record', 'Entity', 'When', 'Won', 'Since', 'State'],
        conflicts.map((conflict) => conflictRow(conflict, view)),
      )
}
${conflicts.length === limit && html`<p class="faint">The newest ${limit}; <code>lockstep conflicts list</code> has all of them.</p>`}`,
    },
    view,
  );

const conflictRow = (conflict: KeptConflict, view: View): Html => html`<tr>
<th scope="row"><a href="${conflictPath(conflict.id)}">${titleOf(conflict)}</a></th>
<td>${conflict.entity}</td>
<td>${when(conflict.detectedAt, view)}</td>
<td>${NAMES[conflict.winner]}</td>
<td>${conflict.reason}</td>
<td>${conflict.resolvedAt ? html`settled ${when(conflict.resolvedAt, view)}` : 'waits'}</td>
</tr>`;

export interface OneConflict {
  readonly conflict: KeptConflict;
  /** Of linked rows, by their page ids. */
  readonly titles: ReadonlyMap<string, string>;
  /** What has just been done with it. */
  readonly done: 'restored' | 'settled' | null;
}

/** One conflict: the versions side by side, and what can be done. */
export function conflictPage({ conflict, titles, done }: OneConflict, view: View): Html {
  const { id, entity, recordId, pageId, winner, reason, detectedAt, resolvedAt } = conflict;
  const remote = NAMES[remoteSideOf(conflict)];
  const loser = NAMES[losingSideOf(conflict)];
  const path = conflictPath(id);
  return layout(
    {
      title: titleOf(conflict),
      at: '/conflicts',
      notice: done && html`${DONE[done](loser, remote)}`,
      content: html`
<p>${NAMES[winner]} won ${when(detectedAt, view)}, since ${reason}.</p>
<dl class="facts">
<dt>Entity</dt><dd><a href="${entityPath(entity)}">${entity}</a></dd>
<dt>Row</dt><dd>${recordId}</dd>
<dt>${remote}</dt><dd>${pageId ?? 'unknown'}</dd>
<dt>State</dt><dd>${resolvedAt ? html`settled ${when(resolvedAt, view)}` : 'waits'}</dd>
</dl>
${sideBySide(conflict, titles)}
${
  resolvedAt === null &&
  html`<div class="actions">
${button({ action: `${path}/restore`, label: `Put the ${loser} version back`, strong: true }, view)}
${button({ action: `${path}/settle`, label: 'Leave it as it is' }, view)}
</div>`
}`,
    },
    view,
  );
}

/** A table, whose fields stand below one another on a phone; the roles are said, since it looks like none there. */
function sideBySide(conflict: KeptConflict, titles: ReadonlyMap<string, string>): Html {
  const isSqlTheWinner = conflict.winner === 'sql';
  const sides = ['Before', ...sideNames(conflict)];
  const cell = (value: Value | undefined, side: number, won: boolean): Html =>
    html`<td role="cell" class="${won ? 'text won' : 'text'}" data-side="${sides[side]}">${textOf(value, titles)}</td>`;
  const rows = compareVersions(conflict).map(
    ({ name, base, remote, sql }) => html`<tr role="row">
<th role="rowheader" scope="row">${name}</th>
${cell(base, 0, false)}
${cell(remote, 1, !isSqlTheWinner)}
${cell(sql, 2, isSqlTheWinner)}
</tr>`,
  );
  const heading = (text: string): Html => html`<th role="columnheader" scope="col">${text}</th>`;
  return html`<div class="wide" role="region" aria-label="The versions side by side" tabindex="0"><table class="sides" role="table">
<thead role="rowgroup"><tr role="row">${['Field', ...sides].map(heading)}</tr></thead>
<tbody role="rowgroup">${rows}</tbody>
</table></div>`;
}

/** «Notion (won)», «SQL (lost)» */
const sideNames = (conflict: KeptConflict): readonly string[] => {
  const loser = losingSideOf(conflict);
  return [remoteSideOf(conflict), 'sql' as const].map((side) => `${NAMES[side]} (${side === loser ? 'lost' : 'won'})`);
};

const DONE = {
  restored: (loser: string, remote: string) => `The ${loser} version is back; the next cycle takes it to ${remote}.`,
  settled: () => 'Settled: the row is left as it is.',
} as const;
