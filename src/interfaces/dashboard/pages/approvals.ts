import { type Approval, describeArchives } from '../../../operations/history/approvals.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import { button, entityPath, moment, type View, when } from '../view.ts';

export interface ShownApproval {
  readonly approval: Approval;
  /** The titles of its first records. */
  readonly titles: readonly string[];
}

export interface ApprovalList {
  readonly approvals: readonly ShownApproval[];
  /** Includes the closed ones. */
  readonly all: boolean;
}

/** Archives that the brake stopped, with their records. */
export const approvalsPage = ({ approvals, all }: ApprovalList, view: View): Html =>
  layout(
    {
      title: all ? 'All approvals' : 'Approvals',
      at: '/approvals',
      content: html`
<p>${all ? html`<a href="/approvals">Open approvals only</a>` : html`<a href="/approvals?all=1">Include closed approvals</a>`}</p>
${
  approvals.length === 0
    ? html`<p class="faint">${all ? 'No approvals.' : 'Nothing waits for an approval.'}</p>`
    : approvals.map((shown) => section(shown, view))
}`,
    },
    view,
  );

function section({ approval, titles }: ShownApproval, view: View): Html {
  const { id, entity, direction, reason, createdAt, closedAt, outcome, recordIds } = approval;
  const more = recordIds.length - titles.length;
  return html`<h2><a href="${entityPath(entity)}">${entity}</a>: ${recordIds.length} ${describeArchives(direction)}</h2>
<p>Since ${when(createdAt, view)}: ${reason}. Other records of the entity are synced.</p>
<ul>${titles.map((title) => html`<li>${title || '(untitled)'}</li>`)}${more > 0 && html`<li>and ${more} more</li>`}</ul>
${
  closedAt
    ? html`<p class="faint">${outcome}, ${moment(closedAt, view.timeZone)}</p>`
    : html`<div class="actions">
${button({ action: `/approvals/${id}/accept`, label: `Archive ${recordIds.length} ${noun(direction)}`, strong: true }, view)}
${button({ action: `/approvals/${id}/refuse`, label: 'Refuse: restore them' }, view)}
</div>`
}`;
}

const noun = (direction: Approval['direction']): string => (direction === 'inbound' ? 'rows' : 'pages');
