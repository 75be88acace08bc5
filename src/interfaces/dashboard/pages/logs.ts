import { type Html, html } from '../html.ts';
import type { View } from '../view.ts';
import { setupLayout } from './setup-layout.ts';

export interface LogPage {
  readonly names: readonly string[];
  readonly name: string;
  /** How many lines are shown at most. */
  readonly limit: number;
  readonly limits: readonly number[];
  /** Oldest first; or why there are none. */
  readonly lines: readonly string[] | string;
}

/** The end of a log of `lockstep up`. */
export const logPage = ({ names, name, limit, limits, lines }: LogPage, view: View): Html =>
  setupLayout(
    {
      title: 'Logs',
      place: '/setup/logs',
      content: html`
<form class="filters" action="/setup/logs">
<div><label for="log">Log</label>
<select id="log" name="log">${names.map((one) => option(one, one === name))}</select></div>
<div><label for="lines">Lines</label>
<select id="lines" name="lines">${limits.map((one) => option(String(one), one === limit))}</select></div>
<button>Show</button>
</form>
${typeof lines === 'string' ? html`<p>${lines}</p>` : linesOf(lines)}
<p class="faint">The last lines, newest at the end, as <code>lockstep logs ${name}</code> prints them.</p>`,
    },
    view,
  );

const option = (value: string, isChosen: boolean): Html =>
  html`<option value="${value}"${isChosen && html` selected`}>${value}</option>`;

const linesOf = (lines: readonly string[]): Html =>
  html`<pre class="log">${lines.map((line) => html`${line}\n`)}</pre>`;
