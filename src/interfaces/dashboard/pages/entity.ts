import type { Certificate } from '../../../database/consistency-check.ts';
import {
  counted,
  describeCertificate,
  describeCounts,
  describeWaiting,
  lasting,
} from '../../../operations/status/format-status.ts';
import type { PastRun } from '../../../operations/status/past-runs.ts';
import type { FailedRecord, WaitingRow } from '../../../operations/status/pending-records.ts';
import type { EntityHealth } from '../../../operations/status/verdict.ts';
import { verdictOf } from '../../../operations/status/verdict.ts';
import { barChart } from '../charts.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import { button, moment, type View, when, wideTable } from '../view.ts';
import { runsTable } from './runs.ts';
import { directionName, verdictMark } from './verdict.ts';

export interface EntityFacts {
  readonly health: EntityHealth;
  /** Newest first. */
  readonly runs: readonly PastRun[];
  readonly waiting: readonly WaitingRow[];
  readonly failed: readonly FailedRecord[];
}

/** In the table; the charts show all that were asked for. */
const RUNS_LISTED = 20;

/** One entity: how its syncs are, what waits, and what fails. */
export const entityPage = ({ health, runs, waiting, failed }: EntityFacts, view: View): Html =>
  layout(
    {
      title: health.entity,
      content: html`
<p>${verdictMark(health.verdict)}${health.waiting.conflicts > 0 && html` · <a href="/conflicts">${counted(health.waiting.conflicts, 'conflict')} to look at</a>`}</p>
<div class="actions">${button({ action: '/sync', label: `Sync ${health.entity} now`, fields: { entity: health.entity }, strong: true }, view)}</div>
<h2>Syncs</h2>
${syncsTable(health, view)}
<h2>Both sides compared</h2>
${health.certificate ? certificateSection(health.certificate, view) : html`<p class="faint">Not yet: that is done after a cycle in which something changes.</p>`}
<h2>Failed records</h2>
${failed.length === 0 ? html`<p class="faint">None: the last runs could sync every record.</p>` : failedTable(failed, view)}
<h2>Waiting records</h2>
<p>${describeWaiting(health.waiting) || html`<span class="faint">Nothing waits.</span>`}</p>
${waiting.length > 0 && waitingTable(waiting, view)}
<h2>The latest runs</h2>
${runs.length === 0 ? html`<p class="faint">None yet.</p>` : html`${charts(health.entity, runs, view)}${runsTable(runs.slice(0, RUNS_LISTED), view)}`}`,
    },
    view,
  );

const syncsTable = ({ entity, syncs }: EntityHealth, view: View): Html =>
  wideTable(
    'Syncs',
    ['Sync', 'Way', 'State', 'Last run', 'Last good', 'Did', 'Said'],
    syncs.map(
      (sync) => html`<tr>
<th scope="row" class="name">${sync.name}</th>
<td class="name">${directionName(entity, sync.direction)}</td>
<td>${verdictMark(verdictOf(sync, view.now))}</td>
<td>${sync.last ? when(sync.last.finishedAt, view) : '–'}</td>
<td>${sync.freshAt ? when(sync.freshAt, view) : '–'}</td>
<td>${sync.last && sync.last.status !== 'failed' && sync.last.status !== 'skipped' ? describeCounts(sync.last) : '–'}</td>
<td class="text">${sync.last?.message ?? '–'}</td>
</tr>`,
    ),
  );

function certificateSection(certificate: Certificate, view: View): Html {
  const { at, hashes, differing, named } = certificate;
  const alike = differing === 0;
  return html`<p>${alike ? 'Alike: ' : 'Not alike: '}${describeCertificate(certificate)}, compared ${when(new Date(at), view)}.</p>
<dl class="facts"><dt>In SQL</dt><dd class="hash">${hashes.sql}</dd><dt>On the other side</dt><dd class="hash">${hashes.remote}</dd></dl>
${
  !alike &&
  wideTable(
    'Records that differ',
    ['Record', 'Fields', 'Why'],
    named.map(
      ({ record, fields, why }) => html`<tr>
<th scope="row" class="name">${record}</th>
<td>${fields.join(', ') || '–'}</td>
<td class="text">${why}</td>
</tr>`,
    ),
  )
}`;
}

const failedTable = (failed: readonly FailedRecord[], view: View): Html =>
  wideTable(
    'Failed records',
    ['Record', 'Why', 'Sync', 'When'],
    failed.map(
      ({ record, title, code, message, syncName, finishedAt }) => html`<tr>
<th scope="row">${title || '(untitled)'}<br><span class="faint">${record}</span></th>
<td class="text">${message} <span class="faint">(${code})</span></td>
<td class="name">${syncName}</td>
<td>${when(finishedAt, view)}</td>
</tr>`,
    ),
  );

const waitingTable = (waiting: readonly WaitingRow[], view: View): Html =>
  wideTable(
    'Waiting rows',
    ['Row', 'What waits'],
    waiting.map(
      (row) => html`<tr>
<th scope="row">${row.title || '(untitled)'}<br><span class="faint">${row.recordId}</span></th>
<td>${whatWaits(row, view)}</td>
</tr>`,
    ),
  );

function whatWaits({ title, isNew, creationSince }: WaitingRow, view: View): Html {
  if (creationSince) return html`its page is being made, begun ${when(creationSince, view)}`;
  if (title === null) return html`deleted in SQL: it comes back`;
  return isNew ? html`new: it gets a page or an event` : html`edited in SQL`;
}

function charts(entity: string, runs: readonly PastRun[], { timeZone }: View): Html {
  const directions = (['inbound', 'outbound', 'trigger'] as const).flatMap((direction) => {
    const own = runs.filter((run) => run.direction === direction && run.status !== 'skipped').toReversed();
    return own.length > 0 ? [{ direction, own }] : [];
  });
  return html`<div class="charts pairs">${directions.map(({ direction, own }) => {
    const name = directionName(entity, direction);
    const of = counted(own.length, 'run');
    const last = own.at(-1);
    const label = (run: PastRun): string => moment(run.finished_at, timeZone);
    return html`${barChart({
      title: `${name}: duration`,
      summary: `of ${of}: the last took ${lasting(last?.duration_ms ?? 0)}.`,
      headings: ['Ended', 'Took'],
      bars: own.map((run) => ({
        label: label(run),
        value: run.duration_ms,
        text: lasting(run.duration_ms),
        failed: run.status === 'failed',
      })),
    })}${barChart({
      title: `${name}: records changed`,
      summary: `in ${of}: ${own.reduce((sum, run) => sum + changesOf(run), 0)} in all.`,
      headings: ['Ended', 'Changed'],
      bars: own.map((run) => ({ label: label(run), value: changesOf(run), text: describeCounts(run) })),
    })}`;
  })}</div>`;
}

const changesOf = ({ created, updated, archived }: PastRun): number => created + updated + archived;
