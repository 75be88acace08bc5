import { fieldOf } from '../../../operations/history/blame.ts';
import { formatValue } from '../../../operations/history/format-value.ts';
import type { RecordHistory } from '../../../operations/history/record-history.ts';
import type { PastRecord } from '../../../operations/history/time-travel.ts';
import { isSameValue } from '../../../sync/reconcile.ts';
import { type Html, html } from '../html.ts';
import { moment, shortCycle, type View, wideTable } from '../view.ts';

interface Past {
  /** The time or cycle in the form; '' for now. */
  readonly asOf: string;
  readonly past: PastRecord | string | null;
}

/** The record as of a time or a cycle, and the form that asks for another. */
export const pastSection = (history: RecordHistory, { asOf, past }: Past, view: View): Html => html`
<h2 id="past">Earlier version</h2>
<form class="filters" action="#past">
<div><label for="asof">As of a cycle, or a time such as ${view.now.toISOString().slice(0, 16)}Z</label>
<input id="asof" type="text" name="asof" value="${asOf}" maxlength="200"></div>
<button>Show</button>
</form>
${typeof past === 'string' ? html`<p class="why" role="status">${past}</p>` : past && pastVersion(history, past, view)}`;

function pastVersion({ fields, titles }: RecordHistory, past: PastRecord, view: View): Html {
  const { content, recordedSince } = past;
  const { at, cycleId } = past.moment;
  const time = moment(at, view.timeZone);
  const name = cycleId === null ? time : `the end of cycle ${shortCycle(cycleId)}, ${time}`;
  if (!content) return html`<p role="status">As of ${name}, the creation of the record was not synced yet.</p>`;
  return html`<p role="status">As of ${name}:</p>
${recordedSince && html`<p class="why">Changes are recorded since ${moment(recordedSince, view.timeZone)} only; the version is from then at the earliest.</p>`}
${wideTable(
  'Earlier version',
  ['Field', 'Then', 'Now in SQL'],
  fields.map(({ field, value }) => {
    const then = fieldOf(field, content);
    const isSame = isSameValue(then, value);
    return html`<tr>
<th scope="row">${field}</th>
<td class="text">${formatValue(then, titles)}</td>
<td class="text">${isSame ? 'same' : html`${formatValue(value, titles)} <span class="why">changed</span>`}</td>
</tr>`;
  }),
)}`;
}
