import type { PastRun } from '../../../operations/status/past-runs.ts';
import { type Html, html } from '../html.ts';
import { layout } from '../layout.ts';
import type { View } from '../view.ts';
import { runsTable } from './runs.ts';

export interface RunList {
  readonly runs: readonly PastRun[];
  /** The path of the older runs; null when there are none. */
  readonly older: string | null;
}

/** All runs, newest first. */
export const historyPage = ({ runs, older }: RunList, view: View): Html =>
  layout(
    {
      title: 'History',
      at: '/history',
      content:
        runs.length === 0
          ? html`<p class="faint">No runs yet.</p>`
          : html`${runsTable(runs, view)}${older && html`<p><a href="${older}">Older runs</a></p>`}`,
    },
    view,
  );
