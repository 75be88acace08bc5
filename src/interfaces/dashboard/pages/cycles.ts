import { type CycleSummary, foldQuiet } from '../../../operations/status/cycle-list.ts';
import { describeCounts, formatDuration, pluralize } from '../../../operations/status/format-status.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import { clock, cycleLinks, moment, type View, wideTable } from '../view.ts';
import { verdictMark } from './verdict.ts';

export interface CycleList {
  /** Newest first. */
  readonly cycles: readonly CycleSummary[];
  /** The path of the older cycles; null when there are none. */
  readonly older: string | null;
}

const HEADINGS = ['Started', 'Status', 'Duration', 'Result', 'Requests'] as const;

/** All cycles and hints, newest first; those that wrote nothing are folded. */
export const cyclesPage = ({ cycles, older }: CycleList, view: View): Html =>
  layout(
    {
      title: 'Cycles',
      at: '/cycles',
      content:
        cycles.length === 0
          ? html`<p class="faint">No cycle has run yet.</p>`
          : html`${wideTable(
              'Cycles',
              HEADINGS,
              foldQuiet(cycles).map((group) => groupRow(group, view)),
            )}${older && html`<p><a href="${older}">Older cycles</a></p>`}`,
    },
    view,
  );

const groupRow = (group: readonly CycleSummary[], view: View): Html => {
  const [cycle] = group;
  return cycle && group.length === 1 ? cycleRow(cycle, view) : foldedRow(group, view);
};

const cycleRow = (cycle: CycleSummary, view: View): Html => html`<tr>
<th scope="row" class="name">${cycleLinks(cycle.cycleId, view, moment(cycle.startedAt, view.timeZone))}</th>
<td>${cycleMark(cycle)}</td>
<td>${formatDuration(cycle.durationMs)}</td>
<td>${describeCounts(cycle)}</td>
<td>${cycle.requests}</td>
</tr>`;

function foldedRow(group: readonly CycleSummary[], view: View): Html {
  const [last, first] = [group[0], group.at(-1)];
  if (!last || !first) return html``;
  const count = pluralize(group.length, 'cycle');
  const span = `${moment(first.startedAt, view.timeZone)}–${clock(last.finishedAt, view.timeZone)}`;
  return html`<tr><td class="fold" colspan="${HEADINGS.length}"><details><summary>${count} without changes, ${span}</summary>
<ul>${group.map(
    (cycle) =>
      html`<li>${cycleLinks(cycle.cycleId, view, moment(cycle.startedAt, view.timeZone))}: ${formatDuration(cycle.durationMs)}, ${pluralize(cycle.requests, 'request')}</li>`,
  )}</ul></details></td></tr>`;
}

/** The state of a cycle, with the number of its syncs that failed. */
export function cycleMark({ failed, partial }: CycleSummary): Html {
  if (failed > 0) return html`${verdictMark('failed')} ${pluralize(failed, 'sync', 'syncs')}`;
  return partial > 0 ? html`${verdictMark('partial')} ${pluralize(partial, 'sync', 'syncs')}` : verdictMark('ok');
}
