import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import pg from 'pg';
import { migrate } from '../src/database/migrate.ts';
import { startPostgres } from '../src/embedded/postgres.ts';
import { startTemporal } from '../src/embedded/temporal.ts';
import { type Child, startChild } from './child.ts';
import type { EmulatorsReady } from './fleet-emulators.ts';
import { cpuSeconds, peakMegabytes, resetPeak, residentMegabytes } from './process-usage.ts';

/**
 * What one worker of many workspaces takes: `npx tsx --conditions=workspace-source bench/fleet.ts 1 10 50`, each with
 * `--records` and `--edits`. With `--kill`, two workers run them, and one is killed during the cycles.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: 'string', default: '2000' },
    edits: { type: 'string', default: '20' },
    kill: { type: 'boolean', default: false },
  },
});
const [records, edits] = [Number(values.records), Number(values.edits)];
/** For the workers: two of them listen twice for edits. The bench has one for each workspace besides. */
const MAX_CONNECTIONS = values.kill ? 200 : 100;

const FIRST_AT_ONCE = 10;

interface Place {
  readonly taskQueue: string;
  readonly database: pg.Client;
}

interface Fleet {
  readonly client: Client;
  readonly admin: pg.Client;
  readonly places: readonly Place[];
  startWorker(): Promise<Child>;
}

async function measureOne({ places, startWorker, admin, client }: Fleet): Promise<void> {
  const worker = await startWorker();
  console.log(`${places.length} workspaces started: ${residentMegabytes(worker.pid)} MB`);
  const connections = countConnections(admin);
  await report('first cycles', worker, () => runFirstCycles(client, places));
  await edit(places);
  await report(`cycles with ${edits} edits`, worker, () => runCycles(client, places));
  await report('idle cycles', worker, () => runCycles(client, places));
  console.log(`at most ${await connections()} connections of ${MAX_CONNECTIONS}`);
  await worker.end('SIGTERM');
}

async function measureKill({ places, startWorker, client }: Fleet): Promise<void> {
  const [worker, victim] = [await startWorker(), await startWorker()];
  await report('first cycles', worker, () => runFirstCycles(client, places));
  await edit(places);
  const running = runCycles(client, places);
  await sleep(2_000);
  await victim.end('SIGKILL');
  const killedAt = performance.now();
  const next = await runCycles(client, places, { urgent: true });
  const seconds = await running;
  console.log(`killed: the cycles took ${describe(seconds)}, the next ones were done after ${describe(next)}`);
  console.log(
    `all ${places.length} had gone on ${((performance.now() - killedAt) / 1_000).toFixed(1)} s after the kill`,
  );
  await worker.end('SIGTERM');
}

async function report(what: string, { pid }: Child, work: () => Promise<readonly number[]>): Promise<void> {
  resetPeak(pid);
  const before = cpuSeconds(pid);
  const seconds = await work();
  const used = (cpuSeconds(pid) - before).toFixed(1);
  const memory = `${residentMegabytes(pid)} MB, at most ${Math.round(peakMegabytes(pid))} MB`;
  console.log(`${what}: ${describe(seconds)}, ${used} s of CPU, ${memory}`);
}

/** Backfills take minutes, during which a workspace uses its connections: some at a time. */
async function runFirstCycles(client: Client, places: readonly Place[]): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (let at = 0; at < places.length; at += FIRST_AT_ONCE)
    seconds.push(...(await runCycles(client, places.slice(at, at + FIRST_AT_ONCE))));
  return seconds;
}

/** Starts a cycle in each workspace at once. @returns their durations in seconds */
function runCycles(client: Client, places: readonly Place[], request?: object): Promise<readonly number[]> {
  return Promise.all(
    places.map(async ({ taskQueue }) => {
      const started = performance.now();
      const how = { taskQueue, workflowId: `cycle-${randomUUID()}`, args: request ? [request] : [] };
      await client.workflow.execute('syncCycle', how).catch((error: unknown) => {
        console.log(`FAILED ${error instanceof WorkflowFailedError ? error.cause?.message : String(error)}`);
      });
      return (performance.now() - started) / 1_000;
    }),
  );
}

function describe(seconds: readonly number[]): string {
  const sorted = seconds.toSorted((a, b) => a - b);
  const [median = 0, last = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return `${median.toFixed(1)} s (median), ${last.toFixed(1)} s (the last)`;
}

const edit = (places: readonly Place[]): Promise<unknown> =>
  Promise.all(
    places.map(({ database }) =>
      database.query(
        'UPDATE tasks SET notes = $1 WHERE id IN (SELECT id FROM tasks WHERE archived_at IS NULL LIMIT $2)',
        [`Edit ${randomUUID()}`, edits],
      ),
    ),
  );

/** @returns the most that there were so far, without the bench's own */
function countConnections(admin: pg.Client): () => Promise<number> {
  let most = 0;
  const look = async (): Promise<void> => {
    const { rows } = await admin.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'lockstep%'",
    );
    most = Math.max(most, rows[0]?.n ?? 0);
  };
  const timer = setInterval(() => void look().catch(() => undefined), 200);
  return async () => {
    clearInterval(timer);
    return most;
  };
}

async function withFleet(count: number, measure: (fleet: Fleet) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-fleet-'));
  const postgres = await startServer(folder);
  const temporal = await startTemporal({ folder, cliPath: process.env.TEMPORAL_CLI_PATH });
  const connection = await Connection.connect({ address: temporal.address });
  const emulators = startChild('bench/fleet-emulators.ts', [String(count), String(records)]);
  const admin = new pg.Client({ connectionString: postgres.superuserUrl, application_name: 'bench' });
  await admin.connect();
  const places: Place[] = [];
  const workspaces = join(folder, 'workspaces');
  try {
    for (const [n, notion] of (await emulators.message<EmulatorsReady>()).entries())
      places.push(await createPlace({ n, notion, folder: workspaces, admin, server: postgres.superuserUrl }));
    // Not before: a connection to the template is in the way of the next copy.
    await Promise.all(places.map(({ database }) => database.connect()));
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, TEMPORAL_ADDRESS: temporal.address, LOG_LEVEL: 'error' };
    const startWorker = async (): Promise<Child> => {
      const worker = startChild('bin/lockstep.js', ['worker', workspaces], { env, cwd: folder });
      for (const { taskQueue } of places) await worker.waitForOutput(`worker on task queue ${taskQueue}\n`);
      return worker;
    };
    await measure({ client: new Client({ connection }), admin, places, startWorker });
  } finally {
    await Promise.all([admin, ...places.map(({ database }) => database)].map((client) => client.end()));
    await connection.close();
    await emulators.end();
    await Promise.all([postgres.stop(), temporal.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** PostgreSQL reads its number of connections when it starts. */
async function startServer(folder: string) {
  const first = await startPostgres({ folder });
  const admin = new pg.Client({ connectionString: first.superuserUrl });
  await admin.connect();
  await admin.query(`ALTER SYSTEM SET max_connections = ${MAX_CONNECTIONS + 60}`);
  await admin.end();
  await first.stop();
  return startPostgres({ folder });
}

interface NewPlace {
  readonly n: number;
  readonly notion: EmulatorsReady[number];
  readonly folder: string;
  readonly admin: pg.Client;
  readonly server: string;
}

async function createPlace({ n, notion, folder, admin, server }: NewPlace): Promise<Place> {
  const taskQueue = `fleet-${n}-${randomUUID()}`;
  const template = n === 0 ? 'template1' : 'fleet_0';
  await admin.query(`CREATE DATABASE fleet_${n} TEMPLATE ${template}`);
  const url = new URL(server);
  url.pathname = `/fleet_${n}`;
  if (n === 0) await migrate(url.href);
  const env = {
    NOTION_TOKEN: notion.token,
    NOTION_BASE_URL: notion.url,
    DATABASE_URL: url.href,
    TEMPORAL_TASK_QUEUE: taskQueue,
    // The first cycles would take two minutes each; the others stay below 180.
    NOTION_REQUESTS_PER_MINUTE: '100000',
    LOCKSTEP_TIME_ZONE: 'UTC',
    LOCKSTEP_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  };
  const own = join(folder, `workspace-${n}`);
  mkdirSync(own, { recursive: true });
  writeFileSync(
    join(own, '.env'),
    Object.entries(env)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
  );
  return { taskQueue, database: new pg.Client({ connectionString: url.href, application_name: 'bench' }) };
}

for (const count of positionals.map(Number)) await withFleet(count, values.kill ? measureKill : measureOne);
