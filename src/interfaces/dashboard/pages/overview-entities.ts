import { type Attention, attentionOf, describeBacklog } from '../../../operations/status/attention.ts';
import type { Health } from '../../../operations/status/entity-health.ts';
import { describePending, pluralize } from '../../../operations/status/format-status.ts';
import { type EntityHealth, entityHealths, needsAttention } from '../../../operations/status/verdict.ts';
import { type Html, html } from '../html.ts';
import { entityPath, type View, wideTable } from '../view.ts';
import { directionName, freshness, verdictMark } from './verdict.ts';

/** The entities that a person should look at, each with why and with the next step. */
export function attentionSection(health: Health, view: View): Html {
  const all = entityHealths(health);
  const attention = attentionOf(health);
  if (attention.length === 0) {
    const isNew = all.every((one) => one.verdict === 'never');
    return html`<p>${isNew ? 'No sync has run yet.' : 'All syncs healthy.'}</p>`;
  }
  const cards = attention.flatMap((one) => {
    const found = all.find(({ entity }) => entity === one.entity);
    return found ? [card(found, one, view)] : [];
  });
  return html`<p>${attention.length} of ${all.length} need attention:</p>
<ul class="cards">${cards}</ul>`;
}

const card = (health: EntityHealth, { reasons }: Attention, view: View): Html => html`<li>
<h2><a href="${entityPath(health.entity)}">${health.entity}</a> ${verdictMark(health.verdict)}</h2>
<p>${reasons.join(', ')}</p>
${troublesOf(health).map((message) => html`<p class="why">${message}</p>`)}
<p class="faint">${(['inbound', 'outbound'] as const).map((direction) => html`${directionName(health.entity, direction)}: ${freshness(health[direction], view)}<br>`)}</p>
${health.failedRecords > 0 && html`<p class="faint">${pluralize(health.failedRecords, 'record')} failed</p>`}
<p>${nextSteps(health)}</p>
</li>`;

/** Each message once, even if it affects both directions. */
const troublesOf = ({ syncs }: EntityHealth): readonly string[] => [
  ...new Set(
    syncs.flatMap(({ last }) =>
      last?.message && (last.status === 'failed' || last.status === 'partial') ? [last.message] : [],
    ),
  ),
];

/** Links to where it is decided, or to what explains it. */
function nextSteps({ entity, pending, approvals, verdict }: EntityHealth): readonly Html[] {
  return [
    ...(approvals.length > 0
      ? [html`<a href="/approvals">Decide on ${pluralize(approvals.length, 'approval')}</a> `]
      : []),
    ...(pending.conflicts > 0
      ? [html`<a href="/conflicts">Resolve ${pluralize(pending.conflicts, 'conflict')}</a> `]
      : []),
    ...(needsAttention(verdict) && approvals.length === 0
      ? [html`<a href="${entityPath(entity)}">See its runs</a> <a href="/setup/doctor">Ask the doctor</a>`]
      : []),
  ];
}

/** One line for each entity that needs no attention. */
export function healthySection(health: Health, view: View): Html | null {
  const attention = new Set(attentionOf(health).map(({ entity }) => entity));
  const healthy = entityHealths(health).filter(({ entity }) => !attention.has(entity));
  if (healthy.length === 0) return null;
  return html`<h2>${attention.size === 0 ? 'Entities' : 'The other entities'}</h2>
${wideTable(
  'Entities',
  ['Entity', 'Status', 'Last read', 'Last sent', 'Pending'],
  healthy.map((one) => line(one, health, view)),
)}`;
}

const line = (one: EntityHealth, { budget }: Health, view: View): Html => html`<tr>
<th scope="row"><a href="${entityPath(one.entity)}">${one.entity}</a></th>
<td>${verdictMark(one.verdict)}</td>
<td>${freshness(one.inbound, view)}</td>
<td>${freshness(one.outbound, view)}</td>
<td>${describeBacklog(one.pending, budget.perMinute) || describePending(one.pending) || 'nothing'}</td>
</tr>`;
