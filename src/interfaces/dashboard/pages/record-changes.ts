import { workCalendar } from '../../../entities/calendars.ts';
import type { StoredChange } from '../../../operations/history/changes.ts';
import { SIDE_NAMES } from '../../../operations/history/format-value.ts';
import type { RecordHistory } from '../../../operations/history/record-history.ts';
import { type Html, html } from '../html.ts';
import { button, cycleLinks, isUndo, moment, recordPath, type View, when, wideTable } from '../view.ts';
import { changedFieldsList } from './changed-fields.ts';

/** What cycles and undos wrote to a record, newest first, each with its undo. */
export const changesSection = (history: RecordHistory, view: View): Html => html`
<h2>History</h2>
${
  history.changes.length === 0
    ? html`<p class="faint">No change is recorded.</p>`
    : wideTable(
        'History',
        ['Time', 'Written to', 'Changes', 'Cycle', 'Version', 'Undo'],
        history.changes.map((change) => changeRow(history, change, view)),
      )
}
${history.hasMoreChanges && html`<p class="faint">The newest ${history.changes.length} changes are shown.</p>`}`;

function changeRow(history: RecordHistory, change: StoredChange, view: View): Html {
  const { side, at, cycleId } = change;
  const path = recordPath(history.entity.name, history.record.recordId);
  const time = moment(at, view.timeZone);
  return html`<tr>
<td>${when(at, view)}</td>
<td>${isUndo(cycleId) ? 'SQL, by an undo' : SIDE_NAMES[side]}</td>
<td class="text">${changedFieldsList(change, history.titles)}</td>
<td class="name">${cycleLinks(cycleId, view)}</td>
<td class="name"><a href="${path}?asof=${encodeURIComponent(at.toISOString())}#past" aria-label="Show the version of ${time}">Show</a></td>
<td>${isRevertible(history, change) ? button({ action: `${path}/undo`, label: 'Undo', about: `the change of ${time}`, fields: { change: String(change.id) } }, view) : '–'}</td>
</tr>`;
}

/** What a cycle only read cannot be taken back, and the work calendar is read-only. */
const isRevertible = ({ entity }: RecordHistory, { before, side }: StoredChange): boolean =>
  entity !== workCalendar && !(before === null && side === 'sql');
