import { nameOf } from '../../../definition/named-entities.ts';
import type { StoredConflict } from '../../../operations/history/conflicts.ts';
import { formatShort, formatValue, SIDE_NAMES } from '../../../operations/history/format-value.ts';
import type { FieldHistory, RecordHistory } from '../../../operations/history/record-history.ts';
import type { PastRecord } from '../../../operations/history/time-travel.ts';
import type { Value } from '../../../sync/types.ts';
import { type Html, html, type Piece } from '../html.ts';
import { layout } from '../layout.ts';
import type { RemoteLink } from '../remote-link.ts';
import {
  button,
  conflictPath,
  cycleLinks,
  entityPath,
  recordPath,
  type View,
  when,
  wideTable,
  workflowLink,
} from '../view.ts';
import { pastSection } from './past-record.ts';
import { changesSection } from './record-changes.ts';

export interface OneRecord {
  readonly history: RecordHistory;
  /** The open ones. */
  readonly conflicts: readonly StoredConflict[];
  readonly link: RemoteLink;
  /** The time or cycle in the form; '' for now. */
  readonly asOf: string;
  /** The record then, why it is not known, or null for now. */
  readonly past: PastRecord | string | null;
  /** The workflow id of the sync that the visitor has just started; null without one. */
  readonly started: string | null;
  /** The fields that the visitor has just reverted. */
  readonly reverted: readonly string[];
}

/** One record: both versions, who set each field, its history, and the undo of each change. */
export function recordPage(page: OneRecord, view: View): Html {
  const { history, conflicts, link, asOf, past } = page;
  const { entity, record, title, fields } = history;
  const remote = entity.remote ? 'Google' : 'Notion';
  const name = nameOf(entity);
  const pending = fields.filter(({ isSynced }) => !isSynced).length;
  return layout(
    {
      title,
      at: '/records',
      notice: noticeOf(page, remote, view),
      content: html`
<dl class="facts">
<dt>Entity</dt><dd><a href="${entityPath(name)}">${name}</a></dd>
<dt>Row</dt><dd>${record.recordId}</dd>
<dt>${remote}</dt><dd>${remoteFact(link)}</dd>
<dt>Status</dt><dd>${statusOf(history, pending)}</dd>
${conflicts.length > 0 && html`<dt>Conflicts</dt><dd>${conflicts.map((conflict) => conflictFact(conflict, view))}</dd>`}
</dl>
<div class="actions">${button({ action: `${recordPath(name, record.recordId)}/retry`, label: 'Sync this record again' }, view)}</div>
<h2>Fields</h2>
${fieldsTable(history, remote, view)}
${pastSection(history, { asOf, past }, view)}
${changesSection(history, view)}`,
    },
    view,
  );
}

function noticeOf({ reverted, started }: OneRecord, remote: string, view: View): Html | null {
  if (reverted.length > 0) return html`Reverted: ${reverted.join(', ')}. The next cycle sends it to ${remote}.`;
  if (started === null) return null;
  return html`Sync started: ${workflowLink(started, view)}.`;
}

const remoteFact = ({ id, url }: RemoteLink): Piece => {
  if (id === null) return 'Not created yet';
  return url === null ? id : html`<a href="${url}">${id}</a>`;
};

const statusOf = ({ record }: RecordHistory, pending: number): string =>
  [
    record.row.archived ? 'Archived' : 'Live',
    pending === 0 ? 'in sync with what was last agreed' : `${pending} of its fields not synced yet`,
  ].join(', ');

const conflictFact = ({ id, reason, detectedAt }: StoredConflict, view: View): Html =>
  html`<div><a href="${conflictPath(id)}">Open conflict</a> ${when(detectedAt, view)}: ${reason}</div>`;

const fieldsTable = ({ fields, titles }: RecordHistory, remote: string, view: View): Html =>
  wideTable(
    'Fields',
    ['Field', 'In SQL', `Agreed with ${remote}`, 'Set in', 'Time', 'Cycle', 'Previous value'],
    fields.map((field) => fieldRow(field, titles, view)),
  );

function fieldRow(field: FieldHistory, titles: ReadonlyMap<string, string>, view: View): Html {
  const { value, agreed, isSynced, setIn, at, cycleId, before } = field;
  return html`<tr>
<th scope="row">${field.field}</th>
<td class="text">${formatValue(value, titles)}</td>
<td class="text">${agreed === undefined ? '–' : isSynced ? 'same' : formatValue(agreed, titles)}${!isSynced && html` <span class="why">not synced yet</span>`}</td>
<td>${setIn ? SIDE_NAMES[setIn] : '–'}</td>
<td>${at ? when(at, view) : '–'}</td>
<td class="name">${cycleId === null ? '–' : cycleLinks(cycleId, view)}</td>
<td>${before === undefined ? '–' : short(before, titles)}</td>
</tr>`;
}

/** Whole values are in the history. */
const short = (value: Value, titles: ReadonlyMap<string, string>): string =>
  formatShort(value, titles, MAX_PREVIOUS_LENGTH);

const MAX_PREVIOUS_LENGTH = 80;
