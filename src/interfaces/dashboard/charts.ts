import { scaleBand, scaleLinear } from 'd3-scale';
import { type Html, html } from './html.ts';

export interface Bar {
  /** What the bar stands for, such as a time. */
  readonly label: string;
  readonly value: number;
  /** The value, formatted. */
  readonly text: string;
  /** Shown in another color, and in the text. */
  readonly failed?: boolean;
}

export interface Chart {
  readonly title: string;
  /** What the chart shows, in one sentence. */
  readonly summary: string;
  /** The column heads of the chart's table. */
  readonly headings: readonly [label: string, value: string];
  /** From left to right. */
  readonly bars: readonly Bar[];
}

const SLOT = 10;
const GAP = 0.2;
const HEIGHT = 60;
/** A value above 0 is always visible. */
const MIN_HEIGHT = 1;
/** A few bars are not drawn wider than many. */
const MIN_SLOTS = 24;

/** A bar chart without a script, with its values as a table below, for screen readers. */
export function barChart({ title, summary, headings, bars }: Chart): Html {
  const slots = Math.max(MIN_SLOTS, bars.length);
  const empty = slots - bars.length;
  const x = scaleBand<number>()
    .domain(Array(slots).keys())
    .range([0, slots * SLOT])
    .paddingInner(GAP);
  const y = scaleLinear()
    .domain([0, Math.max(1, ...bars.map(({ value }) => value))])
    .range([0, HEIGHT]);
  return html`<figure>
<figcaption><b>${title}</b> ${summary}</figcaption>
<svg role="img" aria-label="${title}: ${summary}" viewBox="0 0 ${slots * SLOT} ${HEIGHT}" preserveAspectRatio="none">
${bars.map((bar, at) => rectangle(bar, { x: x(empty + at) ?? 0, width: x.bandwidth(), height: y(bar.value) }))}
</svg>
<details><summary>${title} as a table</summary>
<table><thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${bars.toReversed().map(({ label, text, failed }) => html`<tr><td>${label}</td><td>${text}${failed && ', failed'}</td></tr>`)}</tbody></table>
</details>
</figure>`;
}

interface Place {
  readonly x: number;
  readonly width: number;
  readonly height: number;
}

function rectangle({ label, value, text, failed }: Bar, place: Place): Html {
  const height = value > 0 ? Math.max(MIN_HEIGHT, place.height) : 0;
  return html`<rect class="${failed ? 'bar failed' : 'bar'}" x="${place.x.toFixed(1)}" y="${(HEIGHT - height).toFixed(1)}" width="${place.width.toFixed(1)}" height="${height.toFixed(1)}"><title>${label}: ${text}${failed && ', failed'}</title></rect>`;
}
