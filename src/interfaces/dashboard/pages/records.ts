import type { Titled } from '../../../operations/search/titles.ts';
import { pluralize } from '../../../operations/status/format-status.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import { recordPath, type View, wideTable } from '../view.ts';

export interface RecordList {
  /** What was searched for. */
  readonly text: string;
  /** Only in this entity; null: in all. */
  readonly entity: string | null;
  /** The entities that can be searched. */
  readonly names: readonly string[];
  /** Best first. */
  readonly found: readonly Titled[];
  /** The maximum number shown. */
  readonly limit: number;
}

/** The search for records, and what it found. */
export const recordsPage = ({ text, entity, names, found, limit }: RecordList, view: View): Html =>
  layout(
    {
      title: 'Records',
      at: '/records',
      content: html`
<form action="/records" class="filters">
<div><label for="q">Title, id or link</label><input id="q" type="search" name="q" value="${text}" maxlength="200"></div>
<div><label for="entity">Entity</label><select id="entity" name="entity"><option value="">All</option>
${names.map((name) => html`<option value="${name}"${name === entity && html` selected`}>${name}</option>`)}</select></div>
<button class="strong">Search</button>
</form>
${text.trim() === '' ? html`<p class="faint">Enter words from a title, the id of a row, or a link to a page.</p>` : results(text, found, limit)}`,
    },
    view,
  );

const results = (text: string, found: readonly Titled[], limit: number): Html =>
  found.length === 0
    ? html`<p class="faint">No title resembles "${text}". An archived record is found by its id or the link to its page.</p>`
    : html`<p role="status">${found.length === limit ? `The best ${limit} records` : pluralize(found.length, 'record')}</p>
${wideTable(
  'Records',
  ['Record', 'Entity', 'Status'],
  found.map(
    ({ entity, id, title, status }) => html`<tr>
<th scope="row"><a href="${recordPath(entity, id)}">${title || '(untitled)'}</a></th>
<td>${entity}</td>
<td>${status ?? '–'}</td>
</tr>`,
  ),
)}`;
