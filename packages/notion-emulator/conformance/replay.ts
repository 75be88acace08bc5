import { startNotionEmulator } from '../src/index.ts';
import { differences } from './compare.ts';
import { type Exchange, type Recording, readRecordings } from './exchanges.ts';
import { World } from './world.ts';

const USAGE = `Usage: npm run conformance -- FOLDER [--details]

Replays recorded requests against the emulator and compares status and shape of the answers. FOLDER holds VCR
cassettes (YAML), or JSON answers beside shell scripts with the request, as public clients of Notion have them.`;

const COLUMNS = ['same', 'shape', 'kinder', 'stricter', 'unsupported', 'other error'] as const;
type Column = (typeof COLUMNS)[number];

interface Finding {
  readonly column: Column;
  readonly what: string;
}

const [folder, ...flags] = process.argv.slice(2);
if (folder === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const recordings = readRecordings(folder);
const counts = new Map<string, Map<Column, number>>();
const details = new Map<string, { count: number; example: string }>();
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
  const response = await fetch(url + world.translate(path), {
    method,
    headers: {
      authorization: `Bearer ${hasToken ? token : 'wrong'}`,
      'notion-version': version,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: world.translate(JSON.stringify(body)) }),
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
    details.set(key, { count: (known?.count ?? 0) + 1, example: known?.example ?? `${name}, ${version}` });
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
  const isLong = flags.includes('--details');
  const shown = [...details].sort(([, a], [, b]) => b.count - a.count).slice(0, isLong ? undefined : 40);
  if (shown.length > 0) console.log('\nDifferences (count, kind, request, difference; first seen in):');
  for (const [what, { count: times, example }] of shown)
    console.log(`${String(times).padStart(5)}  ${what}  (${example})`);
}
