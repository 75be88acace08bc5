import type { UndoPlan, UndoResult } from '../../../operations/history/undo-cycle.ts';
import { pluralize } from '../../../operations/status/format-status.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import { button, cyclePath, recordPath, shortCycle, type View, wideTable } from '../view.ts';

export interface UndoPreview {
  readonly cycleId: string;
  /** Or why a page cannot show it. */
  readonly plan: UndoPlan | string;
  /** Titles of the rows, by record id. */
  readonly titles: ReadonlyMap<string, string>;
}

/** What the undo of a cycle would do, and the button that does it. */
export const undoPage = ({ cycleId, plan, titles }: UndoPreview, view: View): Html =>
  layout(
    {
      title: `Undo of ${shortCycle(cycleId)}`,
      at: '/cycles',
      content: html`
<p><a href="${cyclePath(cycleId)}">${cycleId}</a></p>
${typeof plan === 'string' ? html`<p class="why">${plan}</p>` : preview(cycleId, plan, titles, view)}`,
    },
    view,
  );

function preview(cycleId: string, plan: UndoPlan, titles: ReadonlyMap<string, string>, view: View): Html {
  const undone = plan.records.filter(({ undone: fields }) => fields.length > 0);
  const archived = undone.filter(({ isArchived }) => isArchived);
  const skipped = plan.records.filter(({ skipped: reason }) => reason !== null);
  const table = (
    name: string,
    records: readonly UndoResult[],
    describe: (record: UndoResult) => string,
  ): Html | null =>
    records.length === 0
      ? null
      : html`<h2>${name}</h2>
${wideTable(
  name,
  ['Record', 'Entity', name],
  records.map((record) => recordRow(record, titles.get(record.recordId), describe(record))),
)}`;
  return html`
<p>${undone.length} of ${pluralize(plan.records.length, 'record')} would be reverted, ${archived.length} of them archived. The next cycle syncs them, and the undo can be undone.</p>
${heldArchives(plan).map((line) => html`<p class="why">${line}</p>`)}
${undone.length > 0 && html`<div class="actions">${button({ action: `${cyclePath(cycleId)}/undo`, label: `Undo ${pluralize(undone.length, 'record')}`, strong: true }, view)}</div>`}
${table(
  'Reverted',
  undone.filter(({ isArchived }) => !isArchived),
  (record) => record.undone.join(', '),
)}
${table('Archived', archived, () => 'created by the cycle, or restored from the archive')}
${table('Skipped', skipped, (record) => record.skipped ?? '')}`;
}

const recordRow = ({ entity, recordId }: UndoResult, title: string | undefined, text: string): Html => html`<tr>
<th scope="row">${title === undefined ? recordId : html`<a href="${recordPath(entity, recordId)}">${title || '(untitled)'}</a>`}</th>
<td>${entity}</td>
<td class="text">${text}</td>
</tr>`;

/** One line for each entity of which the archive brake would stop the pages. */
const heldArchives = ({ records, archiveRoom }: UndoPlan): readonly string[] =>
  [...archiveRoom].flatMap(([entity, room]) => {
    const archived = records.filter((record) => record.entity === entity && record.isArchived).length;
    if (archived <= room) return [];
    return [
      `The pages of ${archived} records of ${entity} wait for an approval, since only ${room} may be archived now.`,
    ];
  });
