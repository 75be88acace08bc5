import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const frameShape = z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() });
const profileShape = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: frameShape, children: z.array(z.number()).default([]) })),
  /** In microseconds of the monotonic clock. */
  startTime: z.number(),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

type Node = z.output<typeof profileShape>['nodes'][number];

/** The first pattern that matches a file decides its part. */
const PARTS: readonly (readonly [part: string, file: RegExp])[] = [
  ['the engine (src/sync)', /\/src\/sync\//],
  ['Notion codecs and pages (src/notion)', /\/src\/notion\//],
  ['statements and rows (src/database)', /\/src\/database\//],
  ['other files in src', /\/src\//],
  ["Notion's client (mostly JSON parsing)", /@notionhq/],
  [
    'fetch and HTTP',
    /undici|^node:(internal\/)?(webstreams|streams?|http|net|_http)|^node:internal\/(deps\/undici|stream_base|js_stream)/,
  ],
  ['Prisma', /@prisma|^wasm:/],
  ['pg', /node_modules\/pg/],
  ['Temporal', /@temporalio/],
  ['Node.js', /^node:/],
];
const TOP = 30;

/** The time of the clock that profiles use, in microseconds. */
export const profileClock = (): number => Number(process.hrtime.bigint() / 1000n);

/** Prints self time by part and by function after `since`, for the busiest thread. */
export function printProfile(folder: string, since: number): void {
  const [busiest] = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => readProfile(join(folder, name), since))
    .toSorted((a, b) => b.total - a.total);
  if (!busiest) return;
  const formatShare = (ms: number): string =>
    `${ms.toFixed(0).padStart(7)} ms ${((100 * ms) / busiest.total).toFixed(1).padStart(5)} %`;
  const rank = (times: ReadonlyMap<string, number>): string[] =>
    [...times].toSorted(([, a], [, b]) => b - a).map(([name, ms]) => `${formatShare(ms)}  ${name}`);
  const lines = [
    '',
    `CPU time of the worker's main thread while it read the rows (${folder}):`,
    ...rank(busiest.byPart),
    '',
    'Functions by self time:',
    ...rank(busiest.byFrame).slice(0, TOP),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

interface SelfTimes {
  /** In milliseconds, without idle time. */
  readonly total: number;
  readonly byPart: ReadonlyMap<string, number>;
  readonly byFrame: ReadonlyMap<string, number>;
}

function readProfile(file: string, since: number): SelfTimes {
  const { nodes, startTime, samples, timeDeltas } = profileShape.parse(JSON.parse(readFileSync(file, 'utf8')));
  const nodeById = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => node.children.map((child) => [child, node] as const)));
  const [byPart, byFrame] = [new Map<string, number>(), new Map<string, number>()];
  const add = (to: Map<string, number>, name: string, ms: number): void => {
    to.set(name, (to.get(name) ?? 0) + ms);
  };
  let [now, total] = [startTime, 0];
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0;
    now += delta;
    const node = nodeById.get(id);
    if (!node || now < since || node.callFrame.functionName === '(idle)') continue;
    total += delta / 1000;
    add(byPart, partOf(node, parents), delta / 1000);
    add(byFrame, describeFrame(node), delta / 1000);
  }
  return { total, byPart, byFrame };
}

/** A builtin such as `JSON.parse` counts for the part that called it. */
function partOf(node: Node, parents: ReadonlyMap<number, Node>): string {
  if (/^\((garbage|program)/.test(node.callFrame.functionName)) return node.callFrame.functionName;
  for (let at: Node | undefined = node; at; at = parents.get(at.id)) {
    const { url } = at.callFrame;
    const [part] = PARTS.find(([, file]) => file.test(url)) ?? [];
    if (part !== undefined) return part;
  }
  return 'other';
}

function describeFrame({ callFrame: { functionName, url, lineNumber } }: Node): string {
  const file = url.replace(/^file:\/\//, '').replace(/^.*(?=node_modules\/|\/src\/)/, '');
  return `${functionName || '(anonymous)'} ${url === '' ? '' : `${file}:${lineNumber + 1}`}`.trim();
}
