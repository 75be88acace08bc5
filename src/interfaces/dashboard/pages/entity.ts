import type { ConsistencyCheck } from '../../../database/consistency-check.ts';
import {
  describeCounts,
  describePending,
  formatDuration,
  pluralize,
} from '../../../operations/status/format-status.ts';
import type { PastRun } from '../../../operations/status/past-runs.ts';
import type { FailedRecord, PendingRow } from '../../../operations/status/pending-records.ts';
import type { EntityHealth } from '../../../operations/status/verdict.ts';
import { verdictOf } from '../../../operations/status/verdict.ts';
import { barChart } from '../charts.ts';
import { type Html, html, type Piece } from '../html.ts';
import { layout } from '../layout.ts';
import { button, moment, recordPath, type View, when, wideTable } from '../view.ts';
import { runsTable } from './runs.ts';
import { directionName, remoteName, verdictMark } from './verdict.ts';

export interface EntityFacts {
  readonly health: EntityHealth;
  /** Newest first. */
  readonly runs: readonly PastRun[];
  readonly waiting: readonly PendingRow[];
  readonly failed: readonly FailedRecord[];
}

/** In the table; the charts show every run that was loaded. */
const RUNS_LISTED = 20;

/** One entity: its syncs, its pending edits and its failed records. */
export const entityPage = ({ health, runs, waiting, failed }: EntityFacts, view: View): Html =>
  layout(
    {
      title: health.entity,
      content: html`
<p>${verdictMark(health.verdict)}${health.pending.conflicts > 0 && html` · <a href="/conflicts">${pluralize(health.pending.conflicts, 'open conflict')}</a>`}</p>
<div class="actions">${button({ action: '/sync', label: `Sync ${health.entity} now`, fields: { entity: health.entity }, strong: true }, view)}</div>
<h2>Syncs</h2>
${syncsTable(health, view)}
<h2>Consistency check</h2>
${health.consistencyCheck ? consistencySection(health.entity, health.consistencyCheck, view) : html`<p class="faint">Not checked yet. It is checked after a cycle that changes something.</p>`}
<h2>Failed records</h2>
${failed.length === 0 ? html`<p class="faint">None. The last runs synced every record.</p>` : failedTable(failed, view)}
<h2>Pending edits</h2>
<p>${describePending(health.pending) || html`<span class="faint">Nothing pending.</span>`}</p>
${waiting.length > 0 && waitingTable(health.entity, waiting, view)}
<h2>Recent runs</h2>
${runs.length === 0 ? html`<p class="faint">None yet.</p>` : html`${charts(health.entity, runs, view)}${runsTable(runs.slice(0, RUNS_LISTED), view)}`}`,
    },
    view,
  );

const syncsTable = ({ entity, syncs }: EntityHealth, view: View): Html =>
  wideTable(
    'Syncs',
    ['Sync', 'Direction', 'Status', 'Last run', 'Last success', 'Result', 'Message'],
    syncs.map(
      (sync) => html`<tr>
<th scope="row" class="name">${sync.name}</th>
<td class="name">${directionName(entity, sync.direction)}</td>
<td>${verdictMark(verdictOf(sync, view.now))}</td>
<td>${sync.last ? when(sync.last.finishedAt, view) : '–'}</td>
<td>${sync.lastSuccessAt ? when(sync.lastSuccessAt, view) : '–'}</td>
<td>${sync.last && sync.last.status !== 'failed' && sync.last.status !== 'skipped' ? describeCounts(sync.last) : '–'}</td>
<td class="text">${sync.last?.message ?? '–'}</td>
</tr>`,
    ),
  );

function consistencySection(entity: string, check: ConsistencyCheck, view: View): Html {
  const { at, hashes, differing, named, records, readAt } = check;
  const inSync = differing === 0;
  const result = inSync ? `In sync: ${records}/${records}` : `Not in sync: ${differing} of ${records} differ`;
  const read = readAt ? html` as last read ${when(new Date(readAt), view)},` : ',';
  return html`<p>${result}${read} checked ${when(new Date(at), view)}.</p>
<dl class="facts"><dt>In SQL</dt><dd class="hash">${hashes.sql}</dd><dt>In ${remoteName(entity)}</dt><dd class="hash">${hashes.remote}</dd></dl>
${
  !inSync &&
  wideTable(
    'Records that differ',
    ['Record', 'Fields', 'Reason'],
    named.map(
      ({ record, fields, why }) => html`<tr>
<th scope="row" class="name">${record}</th>
<td>${fields.join(', ') || '–'}</td>
<td class="text">${why}</td>
</tr>`,
    ),
  )
}
<p class="faint"><code>lockstep verify ${entity}</code> reads both sides now and compares them.</p>`;
}

const failedTable = (failed: readonly FailedRecord[], view: View): Html =>
  wideTable(
    'Failed records',
    ['Record', 'Reason', 'Sync', 'Time'],
    failed.map(
      ({ record, title, code, message, syncName, finishedAt }) => html`<tr>
<th scope="row">${title || '(untitled)'}<br><span class="faint">${record}</span></th>
<td class="text">${message} <span class="faint">(${code})</span></td>
<td class="name">${syncName}</td>
<td>${when(finishedAt, view)}</td>
</tr>`,
    ),
  );

/** A deleted row has no page. */
const rowName = (entity: string, { recordId, title }: PendingRow): Piece =>
  title === null ? '(untitled)' : html`<a href="${recordPath(entity, recordId)}">${title || '(untitled)'}</a>`;

const waitingTable = (entity: string, waiting: readonly PendingRow[], view: View): Html =>
  wideTable(
    'Pending edits',
    ['Row', 'Pending'],
    waiting.map(
      (row) => html`<tr>
<th scope="row">${rowName(entity, row)}<br><span class="faint">${row.recordId}</span></th>
<td>${whatWaits(row, view)}</td>
</tr>`,
    ),
  );

function whatWaits({ title, isNew, creationSince }: PendingRow, view: View): Html {
  if (creationSince) return html`Creating page since ${when(creationSince, view)}`;
  if (title === null) return html`Deleted in SQL; will be restored`;
  return isNew ? html`New; its page or event will be created` : html`Edited in SQL`;
}

function charts(entity: string, runs: readonly PastRun[], { timeZone }: View): Html {
  const directions = (['inbound', 'outbound', 'trigger'] as const).flatMap((direction) => {
    const own = runs.filter((run) => run.direction === direction && run.status !== 'skipped').toReversed();
    return own.length > 0 ? [{ direction, own }] : [];
  });
  return html`<div class="charts pairs">${directions.map(({ direction, own }) => {
    const name = directionName(entity, direction);
    const of = pluralize(own.length, 'run');
    const last = own.at(-1);
    const label = (run: PastRun): string => moment(run.finished_at, timeZone);
    return html`${barChart({
      title: `${name}: duration`,
      summary: `${of}; last run ${formatDuration(last?.duration_ms ?? 0)}.`,
      headings: ['Finished', 'Duration'],
      bars: own.map((run) => ({
        label: label(run),
        value: run.duration_ms,
        text: formatDuration(run.duration_ms),
        failed: run.status === 'failed',
      })),
    })}${barChart({
      title: `${name}: records changed`,
      summary: `${of}; ${own.reduce((sum, run) => sum + changesOf(run), 0)} in total.`,
      headings: ['Finished', 'Changed'],
      bars: own.map((run) => ({ label: label(run), value: changesOf(run), text: describeCounts(run) })),
    })}`;
  })}</div>`;
}

const changesOf = ({ created, updated, archived }: PastRun): number => created + updated + archived;
