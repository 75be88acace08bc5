import type { Run } from './scenario.ts';

const WIDTH = 900;
const LABEL = 220;
const BAR = 18;
const GROUP = 84;
const TOP = 64;
const FONT = 'font-family="system-ui, sans-serif"';
const COLORS: Readonly<Record<Run['who'], string>> = { Lockstep: '#0f766e', classic: '#a8a29e', careless: '#d6d3d1' };

/** The wall times of what several designs ran, as bars on a logarithmic axis. */
export function drawChart(runs: readonly Run[]): string {
  const compared = [...new Set(runs.map(({ what }) => what))]
    .map((name) => [name, runs.filter(({ what }) => what === name)] as const)
    .filter(([, group]) => group.length > 1);
  const longest = Math.max(...compared.flatMap(([, group]) => group.map(({ seconds }) => seconds)), 1);
  const decades = Math.ceil(Math.log10(longest)) + 1;
  /** The axis starts at a tenth of a second. */
  const x = (seconds: number): number => ((WIDTH - LABEL - 80) * (Math.log10(Math.max(seconds, 0.1)) + 1)) / decades;
  const height = TOP + compared.length * GROUP + 30;
  const ticks = Array.from({ length: decades + 1 }, (_, index) => 10 ** (index - 1));
  const axis = ticks.map((seconds) => {
    const at = LABEL + x(seconds);
    return `<line x1="${at}" y1="${TOP - 8}" x2="${at}" y2="${height - 26}" stroke="#e7e5e4"/>
<text x="${at}" y="${height - 8}" ${FONT} font-size="11" fill="#57534e" text-anchor="middle">${seconds} s</text>`;
  });
  const bars = compared.flatMap(([what, group], index) => {
    const y = TOP + index * GROUP;
    return [
      `<text x="${LABEL - 12}" y="${y + BAR + 5}" ${FONT} font-size="13" fill="#1c1917" text-anchor="end">${escaped(what)}</text>`,
      ...group.map(({ who, seconds }, row) => {
        const top = y + row * (BAR + 4);
        const width = Math.max(2, x(seconds));
        return `<rect x="${LABEL}" y="${top}" width="${width}" height="${BAR}" rx="2" fill="${COLORS[who]}"/>
<text x="${LABEL + width + 6}" y="${top + 13}" ${FONT} font-size="12" fill="#1c1917">${escaped(who)} ${seconds.toFixed(1)} s</text>`;
      }),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">
<rect width="100%" height="100%" fill="white"/>
<text x="16" y="28" ${FONT} font-size="17" font-weight="600" fill="#1c1917">Wall time of one cycle, 300 ms latency, 180 requests a minute</text>
<text x="16" y="46" ${FONT} font-size="12" fill="#57534e">Logarithmic axis: each line is ten times the previous one</text>
${[...axis, ...bars].join('\n')}
</svg>
`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
