import { type Html, html } from './html.ts';

export interface Bar {
  /** What it stands for, such as a time. */
  readonly label: string;
  readonly value: number;
  /** The value in words. */
  readonly text: string;
  /** Drawn in another colour, and said in words. */
  readonly failed?: boolean;
}

export interface Chart {
  readonly title: string;
  /** What is seen in it, in a sentence. */
  readonly summary: string;
  /** The name of what a bar stands for, and that of its value. */
  readonly headings: readonly [label: string, value: string];
  /** From left to right. */
  readonly bars: readonly Bar[];
}

const SLOT = 10;
const GAP = 2;
const HEIGHT = 60;
/** What is not nothing is seen. */
const LEAST_HEIGHT = 1;
/** Few bars are not drawn wider than many. */
const LEAST_SLOTS = 24;

/** A bar chart that needs no script, and stands below as a table for whoever cannot see it. */
export function barChart({ title, summary, headings, bars }: Chart): Html {
  const slots = Math.max(LEAST_SLOTS, bars.length);
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return html`<figure>
<figcaption><b>${title}</b> ${summary}</figcaption>
<svg role="img" aria-label="${title}: ${summary}" viewBox="0 0 ${slots * SLOT} ${HEIGHT}" preserveAspectRatio="none">
${bars.map((bar, at) => rectangle(bar, (slots - bars.length + at) * SLOT, most))}
</svg>
<details><summary>${title} as a table</summary>
<table><thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${bars.toReversed().map(({ label, text, failed }) => html`<tr><td>${label}</td><td>${text}${failed && ', failed'}</td></tr>`)}</tbody></table>
</details>
</figure>`;
}

function rectangle({ label, value, text, failed }: Bar, x: number, most: number): Html {
  const height = value > 0 ? Math.max(LEAST_HEIGHT, (value / most) * HEIGHT) : 0;
  return html`<rect class="${failed ? 'bar failed' : 'bar'}" x="${x}" y="${(HEIGHT - height).toFixed(1)}" width="${SLOT - GAP}" height="${height.toFixed(1)}"><title>${label}: ${text}${failed && ', failed'}</title></rect>`;
}
