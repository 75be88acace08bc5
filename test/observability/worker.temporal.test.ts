import { execFile } from 'node:child_process';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { CycleResult } from '../../src/cycle/messages.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { temporalBinary } from '../../src/embedded/temporal-binary.ts';
import { giveHint, hintWorkflowId } from '../../src/features/hints/give-hint.ts';
import { dataConverter } from '../../src/temporal/payload-codec.ts';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';
import { planFault } from '../faults/support/plan-fault.ts';
import { isCreate, type Relay, startRelay } from '../faults/support/relay.ts';
import { emptyFolder, runCli, startCli } from '../support/cli.ts';
import { type Stack, signedIn, startStack, type Worker as WorkerProcess } from '../support/stack.ts';
import { testTemporal } from '../support/temporal.ts';
import { type Collector, type ReceivedSpan, startCollector } from './collector.ts';

const run = promisify(execFile);
const { History } = proto.temporal.api.history.v1;

const KEY = randomBytes(32).toString('base64');
const TITLE = 'A quagga on the page';
const DEPLOYMENT = { deploymentName: `lockstep-${randomUUID()}`, buildId: '2026-11-25' };
const VERSION = { TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT.deploymentName, TEMPORAL_WORKER_BUILD_ID: DEPLOYMENT.buildId };
const { VERSIONING_BEHAVIOR_PINNED: PINNED, VERSIONING_BEHAVIOR_AUTO_UPGRADE: AUTO_UPGRADE } =
  proto.temporal.api.enums.v1.VersioningBehavior;
/** Ports that other tests do not use. */
/** Below the ports that connections leave from. */
const somePort = (): Promise<number> => freePort(22_000 + randomInt(10_000));

/** One worker with everything on, and one cycle that it ran. */
let stack: Stack;
let collector: Collector;
/** Between the worker and Notion. */
let relay: Relay;
let worker: WorkerProcess;
let client: Client;
let urls: { readonly metrics: string; readonly health: string };
let env: Record<string, string>;
const folder = emptyFolder();
let cycle: CycleResult & { readonly workflowId: string };

const until = <T>(look: () => Promise<T> | T) => expect.poll(look);

beforeAll(async () => {
  stack = await startStack();
  collector = await startCollector();
  relay = await startRelay(stack.notion.url);
  const [metrics, health] = [await somePort(), await somePort()];
  urls = { metrics: `http://127.0.0.1:${metrics}/metrics`, health: `http://127.0.0.1:${health}` };
  Object.assign(stack.env, {
    LOCKSTEP_TEMPORAL_ENCRYPTION_KEY: KEY,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    LOG_LEVEL: 'info',
    NOTION_BASE_URL: relay.url,
    ...signedIn(stack),
  });
  env = Object.fromEntries(Object.entries(stack.env).filter((entry): entry is [string, string] => Boolean(entry[1])));
  const { connection } = stack.client;
  client = new Client({ connection, namespace: testTemporal().namespace, dataConverter: dataConverter(KEY) });
  stack.notion.workspace.createPage('Tasks', { Title: TITLE });
  await stack.sql('INSERT INTO notes (title) VALUES ($1)', [TITLE]);
  worker = stack.spawnWorker({
    LOCKSTEP_METRICS_ADDRESS: `127.0.0.1:${metrics}`,
    LOCKSTEP_HEALTH_ADDRESS: `127.0.0.1:${health}`,
    ...VERSION,
  });
  await setCurrentVersion();
  // The first read of the tasks fails.
  planFault(stack, { kind: 'status', status: 500 }, { match: { path: '/query' } });
  const { stdout, stderr, code } = await runCli(['sync', '--json'], folder.path, env);
  if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}${worker.output()}`);
  const { cycleId, ...result } = JSON.parse(stdout) as CycleResult;
  cycle = { cycleId, ...result, workflowId: await workflowIdOf(cycleId) };
}, 180_000);

afterAll(async () => {
  await stack.stop();
  await Promise.all([collector.close(), relay.close()]);
  folder.remove();
});

/** As in the operations guide; a worker must have polled before. */
async function setCurrentVersion(): Promise<void> {
  const { deploymentName, buildId } = DEPLOYMENT;
  const temporal = await temporalBinary(process.env.TEMPORAL_CLI_PATH, () => undefined);
  const args = ['worker', 'deployment', 'set-current-version', '--deployment-name', deploymentName];
  const { address, namespace } = testTemporal();
  const all = [...args, '--build-id', buildId, '--yes', '--address', address, '--namespace', namespace];
  const set = vi.waitFor(() => run(temporal, all), { timeout: 100_000, interval: 1_000 });
  await set.catch((error: unknown) => {
    throw new Error(`the worker did not come: ${worker.output()}`, { cause: error });
  });
}

async function workflowIdOf(runId: string): Promise<string> {
  const listed = async (): Promise<string | undefined> => {
    for await (const { workflowId } of client.workflow.list({ query: `RunId = '${runId}'` })) return workflowId;
    return undefined;
  };
  // The list is eventually consistent.
  return vi.waitUntil(listed, { timeout: 100_000, interval: 200 });
}

interface LogLine {
  readonly msg: string;
  readonly level: number;
  readonly cycleId?: string;
  readonly sync?: string;
  readonly [name: string]: unknown;
}

const logLines = (): LogLine[] =>
  worker
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

const rawHistory = async (workflowId: string) => client.workflow.getHandle(workflowId).fetchHistory();
const phases = (): string[] => ['', '/inbound', '/outbound', '/trigger'].map((phase) => `${cycle.workflowId}${phase}`);

describe('the log', () => {
  test('has a line for each sync that ended, with the ids of its run in SQL and of its workflow', async () => {
    const runs = await stack.sql<{ sync_name: string; status: string; created: number; api_requests: number }>(
      'SELECT sync_name, status, created, api_requests FROM sync_run_history WHERE cycle_id = $1 AND duration_ms > 0',
      [cycle.cycleId],
    );
    expect(runs.length).toBeGreaterThan(10);
    for (const { sync_name: sync, status, created, api_requests: requests } of runs) {
      const said = logLines().filter((line) => line.sync === sync && 'status' in line);
      expect(said).toEqual([
        expect.objectContaining({
          ...{ cycleId: cycle.cycleId, status, created, requests, durationMs: expect.any(Number) },
          ...{ workflowId: expect.stringContaining(`${cycle.workflowId}/`), workflowRunId: expect.any(String) },
          ...{ activityType: expect.any(String), attempt: expect.any(Number), entity: expect.any(String) },
        }),
      ]);
    }
  });

  test('has the reason why a sync was retried', () => {
    const [retry, ...others] = logLines().filter(({ level }) => level >= 40);
    expect(others).toEqual([]);
    expect(retry).toMatchObject({ code: 'no_answer', attempt: 1, cycleId: cycle.cycleId, sync: expect.any(String) });
    expect(retry?.msg).toMatch(/^syncInbound is retried: .*Notion answered 500$/);
  });

  test('contains neither content of pages nor secrets', () => {
    for (const secret of [TITLE, stack.notion.token, KEY, env.LOCKSTEP_ENCRYPTION_KEY, env.GOOGLE_REFRESH_TOKEN]) {
      expect(worker.output()).not.toContain(secret);
    }
    expect(worker.output()).not.toContain('taskToken');
  });
});

describe('metrics', () => {
  /** The value of the one series of that name with all these labels. */
  const metric = async (name: string, labels: Record<string, string>): Promise<number> => {
    const lines = (await (await fetch(urls.metrics)).text()).split('\n');
    const found = lines.filter(
      (line) =>
        line.startsWith(`${name}{`) &&
        Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)),
    );
    expect(found).toHaveLength(1);
    return Number(found[0]?.split(' ').at(-1));
  };

  test('count the changes of the cycle, next to those of Temporal', async () => {
    const inbound = { sync: 'tasks-notion-to-sql', entity: 'tasks', direction: 'inbound' };
    expect(await metric('lockstep_syncs_total', { ...inbound, status: 'ok' })).toBe(1);
    expect(await metric('lockstep_records_total', { ...inbound, change: 'created' })).toBe(1);
    expect(await metric('lockstep_records_total', { ...inbound, change: 'updated' })).toBe(0);
    expect(await metric('lockstep_records_total', { sync: 'notes-sql-to-notion', change: 'created' })).toBe(1);
    expect(await metric('lockstep_conflicts_total', inbound)).toBe(0);
    expect(await metric('lockstep_issues_total', inbound)).toBe(0);
    expect(await metric('lockstep_sync_duration_seconds_count', inbound)).toBe(1);
    expect(await metric('lockstep_sync_duration_seconds_bucket', { ...inbound, le: '3600' })).toBe(1);
    expect(await metric('lockstep_sync_retries_total', { code: 'no_answer' })).toBe(1);
    expect(await metric('lockstep_api_requests_total', { service: 'notion', method: 'POST', status: '500' })).toBe(1);
    expect(await metric('lockstep_api_requests_total', { service: 'google', method: 'GET', status: '200' })).toBe(2);
    expect(await metric('temporal_workflow_completed_total', { workflow_type: 'syncCycle' })).toBe(1);
  });

  test('have the time of the last success, also of a sync without changes', async () => {
    const [idle] = await stack.sql<{ at: number }>(
      "SELECT extract(epoch FROM finished_at)::float AS at FROM sync_run_history WHERE sync_name = 'games-sql-to-notion'",
    );
    const freshAt = await metric('lockstep_sync_last_good_timestamp_seconds', { sync: 'games-sql-to-notion' });
    expect(Math.abs(freshAt - (idle?.at ?? 0))).toBeLessThan(60);
  });
});

describe('traces', () => {
  const named = (name: string) => collector.spans.filter((span) => span.name === name);
  // The spans of the worker arrive in the order in which they end, and this one ends last.
  beforeAll(async () => {
    const lasts = () =>
      expect([...named('StartWorkflow:syncCycle'), ...named('RunWorkflow:syncCycle')]).toHaveLength(2);
    await vi.waitFor(lasts, { timeout: 60_000 });
  });
  const parentOf = ({ traceId, parentSpanId }: ReceivedSpan) =>
    collector.spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId)?.name;

  test('connect the command, its workflows and activities, and each request', () => {
    const [start] = named('StartWorkflow:syncCycle');
    expect(start).toBeDefined();
    for (const [name, parent] of [
      ['RunWorkflow:syncCycle', 'StartWorkflow:syncCycle'],
      ['RunWorkflow:inboundSync', 'StartChildWorkflow:inboundSync'],
      ['RunActivity:syncInbound', 'StartActivity:syncInbound'],
      ['sync tasks-notion-to-sql', 'RunActivity:syncInbound'],
      ['notion POST /v1/pages', 'sync notes-sql-to-notion'],
      ['google GET /calendar/v3/calendars/{id}/events', 'sync calendar-google-to-sql'],
    ] as const) {
      const [span] = named(name);
      expect(span, name).toMatchObject({ traceId: start?.traceId });
      expect(span && parentOf(span), name).toBe(parent);
    }
  });

  test('have the outcome of a sync and its cycle', () => {
    // The request that fails may be one of this sync, whose first attempt then has a span of its own.
    const span = named('sync tasks-notion-to-sql').at(-1);
    const attributes = Object.fromEntries(
      span?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? [],
    );
    expect(attributes).toMatchObject({
      ...{ 'lockstep.cycle_id': cycle.cycleId, 'lockstep.entity': 'tasks', 'lockstep.status': 'ok' },
      'lockstep.created': 1,
    });
  });

  test('contain neither content nor ids of pages, databases and events', async () => {
    const [row] = await stack.sql<{ notion_page_id: string }>('SELECT notion_page_id FROM tasks');
    const ids = await stack.sql<{ id: string }>("SELECT data_source_id AS id FROM sync_sources WHERE entity = 'tasks'");
    for (const secret of [TITLE, row?.notion_page_id, ids[0]?.id, stack.notion.token, 'work@example.com']) {
      expect(secret).toBeTruthy();
      expect(collector.text()).not.toContain(secret);
    }
    expect(collector.text()).not.toContain('HandleQuery');
  });
});

describe('encryption of payloads in Temporal', () => {
  test('the history of a cycle has no plain text', async () => {
    for (const workflowId of phases()) {
      const text = Buffer.from(History.encode(await rawHistory(workflowId)).finish()).toString('latin1');
      expect(text).toContain('binary/encrypted');
      for (const plain of ['tasks', 'no changes', 'notion-to-sql', 'Held by']) expect(text).not.toContain(plain);
    }
  });

  test('the message of a failed cycle is encrypted, and its client reads it', async () => {
    const { taskQueue } = stack;
    const options = { taskQueue, workflowId: `cycle-${randomUUID()}`, args: [{ names: ['quagga'] }] };
    const handle = await client.workflow.start('syncCycle', options);
    const failure = await handle.result().catch(innermost);
    expect(failure).toMatch(/^syncCycle: names.0 must be one of .*, not "quagga"; nothing was done$/);
    const text = Buffer.from(History.encode(await rawHistory(handle.workflowId)).finish()).toString('latin1');
    expect(text).toContain('Encoded failure');
    expect(text).not.toContain('quagga');
  });

  test('a command without the key fails with one line', async () => {
    const result = await runCli(['sync', '--entity', 'tags'], folder.path, {
      ...env,
      LOCKSTEP_TEMPORAL_ENCRYPTION_KEY: '',
    });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(
      /^lockstep: payloads in Temporal are encrypted: set LOCKSTEP_TEMPORAL_ENCRYPTION_KEY .*\n$/,
    );
  });

  test('a command with another key gets a likely reason, and the worker reports the exact one', async () => {
    const stranger = { ...env, LOCKSTEP_TEMPORAL_ENCRYPTION_KEY: randomBytes(32).toString('base64') };
    const sync = startCli(['sync', '--entity', 'tags'], folder.path, stranger);
    await sync.waitForOutput(/a worker cannot run the cycle: .*LOCKSTEP_TEMPORAL_ENCRYPTION_KEY/);
    sync.process.kill();
    await sync.ended;
    const said = logLines().find(({ msg }) => msg === 'Failed to process Workflow Activation');
    expect(said?.error).toMatchObject({
      message: expect.stringMatching(/^payloads in Temporal are encrypted with another key: append/),
    });
  });

  test('payloads written without a key remain readable', async () => {
    const { taskQueue } = stack;
    const options = { taskQueue, workflowId: `cycle-${randomUUID()}`, args: [{ names: ['tags-notion-to-sql'] }] };
    const { workflowId } = await stack.client.workflow.start('syncCycle', options);
    expect(await client.workflow.getHandle(workflowId).result()).toMatchObject({ ok: true });
  });

  test('a traced and encrypted cycle replays, also after traces are turned off', async () => {
    // A replay exports nothing.
    const sinks = { exporter: { export: { fn: () => undefined } } };
    const options = { dataConverter: dataConverter(KEY), sinks };
    for (const isTraced of [true, false]) {
      const bundle = await workflowBundle({ isTraced, isEncrypted: true });
      for (const workflowId of phases().slice(0, 2)) {
        await Worker.runReplayHistory({ ...options, workflowBundle: bundle }, await rawHistory(workflowId), workflowId);
      }
    }
  });
});

test('a cycle stays on the worker version that started it, and an open hint workflow moves to the new one', async () => {
  const behaviourOf = async (workflowId: string) => {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.workflowExecutionInfo?.versioningInfo;
  };
  expect(await behaviourOf(cycle.workflowId)).toMatchObject({ behavior: PINNED, deploymentVersion: DEPLOYMENT });
  await giveHint(client, stack.taskQueue, 'tags', { kind: 'edited' });
  const hints = hintWorkflowId(stack.taskQueue, 'tags');
  await client.workflow.getHandle(hints).result();
  expect(await behaviourOf(hints)).toMatchObject({ behavior: AUTO_UPGRADE });
});

describe('health', () => {
  const asked = async (path: string): Promise<string> => {
    try {
      const answer = await fetch(`${urls.health}${path}`);
      return `${answer.status} ${(await answer.text()).trim()}`;
    } catch {
      return 'gone';
    }
  };
  const database = (): string => new URL(stack.databaseUrl).pathname.slice(1);
  const allowConnections = async (isAllowed: boolean): Promise<void> => {
    const admin = new pg.Client({ connectionString: inject('databaseUrl') });
    await admin.connect();
    await admin.query(`ALTER DATABASE "${database()}" ALLOW_CONNECTIONS ${isAllowed}`);
    await admin.end();
  };

  test('is ready while Temporal and PostgreSQL answer; without PostgreSQL the worker is alive and not ready', async () => {
    expect([await asked('/healthz'), await asked('/readyz')]).toEqual(['200 ok', '200 ok']);
    await allowConnections(false);
    try {
      expect(await asked('/healthz')).toBe('200 ok');
      expect(await asked('/readyz')).toMatch(/^503 PostgreSQL did not answer: [^\n]+$/);
    } finally {
      await allowConnections(true);
    }
    expect(await asked('/readyz')).toBe('200 ok');
  });

  test('while draining, the worker is alive, takes no work and serves metrics; its work continues on another worker', async () => {
    const held = relay.hold('before', isCreate);
    await stack.sql("INSERT INTO notes (title) VALUES ('The last one')");
    const { taskQueue } = stack;
    const options = { taskQueue, workflowId: `cycle-${randomUUID()}`, args: [{ entities: ['notes'] }] };
    const handle = await client.workflow.start('syncCycle', options);
    await held.arrived;
    worker.signal('SIGTERM');
    await until(() => asked('/readyz')).toMatch(/^503 the worker takes no work: it is \w+$/);
    expect(await asked('/healthz')).toBe('200 ok');
    expect((await fetch(urls.metrics)).status).toBe(200);
    held.release();
    await until(() => asked('/healthz')).toBe('gone');
    stack.spawnWorker(VERSION);
    expect(await handle.result()).toMatchObject({ ok: true });
    expect(stack.notion.workspace.pages('Notes').filter(({ title }) => title === 'The last one')).toHaveLength(1);
  });
});

/** The message of the innermost cause. */
const innermost = (error: unknown): string =>
  error instanceof Error ? (error.cause ? innermost(error.cause) : error.message) : String(error);
