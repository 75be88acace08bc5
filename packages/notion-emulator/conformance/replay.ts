import { startNotionEmulator } from '../src/index.ts';
import { differences } from './compare.ts';
import { type Exchange, type Recording, readRecordings } from './exchanges.ts';
import { type Difference, reasonOf } from './reasons.ts';
import { World } from './world.ts';

const USAGE = `Usage: npm run conformance -- FOLDER [--details]

Replays recorded requests against the emulator and compares status and shape of the answers. FOLDER holds VCR
cassettes (YAML), or JSON answers beside shell scripts with the request, as public clients of Notion have them.
Each difference is listed under its reason. Exits with 1 when one that is kinder or stricter has none.`;

const COLUMNS = ['same', 'shape', 'kinder', 'stricter', 'unsupported', 'other error'] as const;
type Column = 'same' | Difference;

interface Finding {
  readonly column: Column;
  readonly what: string;
}

/** A difference, and how often it was found. */
interface Detail {
  readonly column: Difference;
  readonly request: string;
  readonly what: string;
  readonly count: number;
  readonly example: string;
}

const [folder, ...flags] = process.argv.slice(2);
if (folder === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const recordings = readRecordings(folder);
const NO_REASON = 'no reason is listed';
const counts = new Map<string, Map<Column, number>>();
const details = new Map<string, Detail>();
for (const recording of recordings) await replay(recording);
print();

/** Each recording has a workspace of its own. */
async function replay(recording: Recording): Promise<void> {
  const emulator = await startNotionEmulator({ requestsPerMinute: 1_000_000 });
  try {
    const world = new World(emulator, [recording]);
    for (const exchange of recording.exchanges) {
      const { status, body } = await send(emulator, exchange, world);
      world.learn(exchange.answer, body);
      count(exchange, find(exchange, status, body), recording.name);
    }
  } finally {
    await emulator.close();
  }
}

async function send({ url, token }: { url: string; token: string }, exchange: Exchange, world: World) {
  const { method, path, version, body } = exchange;
  const hasToken = exchange.status !== 401;
  if (exchange.status < 400) world.requirePath(path);
  const response = await fetch(url + world.translatePath(path), {
    method,
    headers: {
      authorization: `Bearer ${hasToken ? token : 'wrong'}`,
      'notion-version': version,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: world.translateBody(body) }),
  });
  const answer: unknown = await response.json();
  return { status: response.status, body: answer };
}

function find(exchange: Exchange, status: number, body: unknown): Finding {
  const message = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : '';
  const said = message.replaceAll(/[0-9a-f-]{32,36}/g, '<id>').slice(0, 160);
  if (status === 501) return { column: 'unsupported', what: said };
  if (exchange.status < 400 && status >= 400) return { column: 'stricter', what: `${status}: ${said}` };
  if (exchange.status >= 400 && status < 400) return { column: 'kinder', what: `instead of ${exchange.status}` };
  if (exchange.status !== status)
    return { column: 'other error', what: `${status} instead of ${exchange.status}: ${said}` };
  const found = [...new Set(differences(exchange.answer, body))];
  return found.length === 0 ? { column: 'same', what: '' } : { column: 'shape', what: found.join('; ') };
}

function count({ method, path, version }: Exchange, { column, what }: Finding, name: string): void {
  const template = path.split('?')[0]?.replaceAll(/\/[0-9a-f-]{32,36}(?=\/|$)/g, '/{id}') ?? '';
  const endpoint = `${method} ${template.replace(/\/properties\/.*/, '/properties/{id}').replace('/v1/', '')}`;
  const row = counts.get(endpoint) ?? new Map<Column, number>();
  counts.set(endpoint, row.set(column, (row.get(column) ?? 0) + 1));
  if (column === 'same') return;
  for (const each of column === 'shape' ? what.split('; ') : [what]) {
    const key = `${column}  ${endpoint}  ${each}`;
    const known = details.get(key);
    const example = known?.example ?? `${name}, ${version}`;
    details.set(key, { column, request: endpoint, what: each, count: (known?.count ?? 0) + 1, example });
  }
}

function print(): void {
  const total = (column: Column): number => [...counts.values()].reduce((sum, row) => sum + (row.get(column) ?? 0), 0);
  const line = (name: string, cells: readonly (number | string)[]): string =>
    name.padEnd(44) + cells.map((cell) => String(cell).padStart(12)).join('');
  console.log(line(`${recordings.length} recordings`, COLUMNS));
  for (const [endpoint, row] of [...counts].sort(([a], [b]) => a.localeCompare(b))) {
    console.log(
      line(
        endpoint,
        COLUMNS.map((column) => row.get(column) ?? 0),
      ),
    );
  }
  console.log(line('Total', COLUMNS.map(total)));
  printReasons(flags.includes('--details'));
}

/** The reasons by how many differences they explain, then the differences without one. */
function printReasons(isLong: boolean): void {
  const byReason = new Map<string, Detail[]>();
  for (const detail of details.values()) {
    const reason = reasonOf(detail.column, detail.request, detail.what) ?? NO_REASON;
    byReason.set(reason, [...(byReason.get(reason) ?? []), detail]);
  }
  const total = (found: readonly Detail[]): number => found.reduce((sum, { count: times }) => sum + times, 0);
  for (const [reason, found] of [...byReason].sort(([, a], [, b]) => total(b) - total(a))) {
    const columns = [...new Set(found.map(({ column }) => column))].join(', ');
    console.log(`\n${String(total(found)).padStart(5)}  ${columns}: ${reason}`);
    if (!isLong && reason !== NO_REASON) continue;
    for (const { column, request, what, count: times, example } of found.sort((a, b) => b.count - a.count))
      console.log(`${String(times).padStart(9)}  ${column}  ${request}  ${what}  (${example})`);
  }
  const open = (byReason.get(NO_REASON) ?? []).filter(({ column }) => column === 'kinder' || column === 'stricter');
  if (open.length > 0) process.exitCode = 1;
}
