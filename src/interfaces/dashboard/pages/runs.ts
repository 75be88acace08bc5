import { describeCounts, formatDuration } from '../../../operations/status/format-status.ts';
import { firstErrorMessage, type PastRun } from '../../../operations/status/past-runs.ts';
import { type Html, html } from '../html.ts';
import { cycleLinks, entityPath, type View, when, wideTable } from '../view.ts';
import { verdictMark } from './verdict.ts';

/** Runs, newest first; the time links to the cycle. */
export const runsTable = (runs: readonly PastRun[], view: View): Html =>
  wideTable(
    'Runs',
    ['Finished', 'Sync', 'Status', 'Duration', 'Result', 'Requests', 'Message'],
    runs.map(
      (run) => html`<tr>
<td>${cycleLinks(run.cycle_id, view, when(run.finished_at, view))}</td>
<td class="name"><a href="${entityPath(run.entity)}">${run.sync_name}</a></td>
<td>${verdictMark(statusOf(run))}</td>
<td>${formatDuration(run.duration_ms)}</td>
<td>${run.status === 'failed' || run.status === 'skipped' ? '–' : describeCounts(run)}</td>
<td>${run.api_requests}</td>
<td class="text">${firstErrorMessage(run) || '–'}</td>
</tr>`,
    ),
  );

/** The column is `text`, with a constraint to these values. */
const statusOf = ({ status }: PastRun): 'ok' | 'partial' | 'failed' | 'skipped' =>
  status === 'ok' || status === 'partial' || status === 'skipped' ? status : 'failed';
