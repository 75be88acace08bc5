import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { TokenStore } from '../../src/google/token-store.ts';
import { Random } from '../simulation/random.ts';
import { endOf, type Stack, signedIn, startStack, type Worker } from '../support/stack.ts';
import { type Relay, type Relayed, startRelay } from './support/relay.ts';

const { History } = proto.temporal.api.history.v1;

const PERSONAL = 'me@example.com';
const SEED = 20_261_124;
const TASKS = 200;
const CRASHES = 12;
const ONLY_TRIGGER = { names: ['calendar-task-trigger'] };
/** The prefix of every token of Google and of its emulator. */
const ANY_TOKEN = /ya29\.|1\/\/0/;

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const isInsert = ({ method, path }: Relayed): boolean => method === 'POST' && path.endsWith('/events');

describe('200 tasks due in the future, while workers are killed and responses are lost', () => {
  const random = new Random(SEED);
  const workers: Worker[] = [];
  const cycles: WorkflowHandle[] = [];
  /** All tokens that Google issued, in plain text. */
  const tokens = new Set<string>();
  let stack: Stack;
  let relay: Relay;

  beforeAll(async () => {
    stack = await startStack();
    relay = await startRelay(stack.google.url);
    const root = `${relay.url}/`;
    Object.assign(stack.env, signedIn(stack), {
      GOOGLE_ROOT_URL: root,
      GOOGLE_TOKEN_URL: `${root}token`,
      LOG_LEVEL: 'trace',
    });
    const lost = { match: { method: 'POST', path: '/events$' }, times: 'always', seed: SEED } as const;
    const unanswered = { kind: 'status', status: 503, afterCommit: true } as const;
    // biome-ignore lint/suspicious/noThenProperty: a fault rule, never awaited
    stack.google.faults.add({ ...lost, probability: 0.1, then: unanswered });
    // biome-ignore lint/suspicious/noThenProperty: a fault rule, never awaited
    stack.google.faults.add({ ...lost, probability: 1 / 9, then: { kind: 'reset', afterCommit: true } });
  });
  afterAll(async () => {
    await stack.stop();
    await relay.close();
  });

  /** Each on its own task queue, so that none continues the work of the previous one while it lives. */
  const startOne = () => {
    const taskQueue = `${stack.taskQueue}-${workers.length}`;
    const worker = stack.spawnWorker({ TEMPORAL_TASK_QUEUE: taskQueue });
    workers.push(worker);
    return { worker, taskQueue };
  };
  const startCycle = async (request: object, taskQueue: string): Promise<WorkflowHandle> => {
    const cycle = await stack.startCycle(request, taskQueue);
    cycles.push(cycle);
    return cycle;
  };
  const insertTasks = (from: number, to: number) =>
    stack.sql(
      `INSERT INTO tasks (title, due_date) SELECT 'Task ' || n, $3::date + n % 30 FROM generate_series($1::int, $2::int) n`,
      [from, to, inDays(2)],
    );
  /** The workers' stored token. */
  const noteTokens = async (): Promise<void> => {
    const database = openDatabase(stack.databaseUrl, 1);
    const grant = await new TokenStore(database, stack.env.LOCKSTEP_ENCRYPTION_KEY).load('personal');
    await database.close();
    for (const token of [grant?.refreshToken, grant?.accessToken]) if (token) tokens.add(token);
  };
  const events = () => stack.google.handle.events(PERSONAL);

  test('end with 200 events, and no duplicate', { timeout: 400_000 }, async () => {
    const warm = [startOne(), startOne()];
    await stack.sql("INSERT INTO tasks (title, due_date) VALUES ('Long ago', $1)", [inDays(-3)]);
    await stack.sql("INSERT INTO tasks (title, due_date, status) VALUES ('Over', $1, 'Done')", [inDays(3)]);
    let cycle: WorkflowHandle | null = null;
    for (let crash = 1; crash <= CRASHES; crash += 1) {
      await insertTasks(Math.floor(((crash - 1) * TASKS) / CRASHES) + 1, Math.floor((crash * TASKS) / CRASHES));
      const { worker, taskQueue } = warm.shift() ?? startOne();
      warm.push(startOne());
      await cycle?.terminate('its worker was killed');
      // Before Google receives an insert, after it created the event, or at any other point.
      const held = crash % 3 === 0 ? null : relay.hold(crash % 3 === 1 ? 'before' : 'after', isInsert);
      cycle = await startCycle(ONLY_TRIGGER, taskQueue);
      await (held ? held.arrived : relay.more(1 + random.below(12)));
      await worker.kill();
      held?.release();
      await noteTokens();
      if (crash % 4 === 0) stack.google.handle.expireAccessTokens();
    }
    // After the last crash, Temporal retries the sync.
    const last = stack.spawnWorker({ TEMPORAL_TASK_QUEUE: `${stack.taskQueue}-${CRASHES - 1}` });
    workers.push(last);
    if (cycle) await endOf(cycle);
    await Promise.all(warm.map(({ worker }) => worker.kill()));
    workers.push(stack.spawnWorker());
    const whole = await startCycle({}, stack.taskQueue);
    expect(await endOf(whole)).toMatchObject({ ok: true });
    await noteTokens();

    const titles = Array.from({ length: TASKS }, (_, n) => `Task ${n + 1}`).sort();
    // Deleted events count too: none was created and deleted again.
    expect(
      events()
        .map(({ summary }) => summary)
        .sort(),
    ).toEqual(titles);
    expect(events().filter(({ status }) => status !== 'confirmed')).toEqual([]);
    expect(stack.google.handle.traffic()[PERSONAL]).toMatchObject({ inserts: TASKS, updates: 0, deletes: 0 });
    const rows = await stack.sql<{ summary: string; google_event_id: string; due: string; start: string }>(
      `SELECT e.summary, e.google_event_id, t.due_date::text AS due, (e.start_time AT TIME ZONE 'Europe/Madrid')::date::text AS start
       FROM calendar_events e JOIN tasks t ON t.id = e.source_task_id WHERE e.archived_at IS NULL`,
    );
    expect(rows.map(({ summary }) => summary).sort()).toEqual(titles);
    expect(rows.map(({ google_event_id }) => google_event_id).sort()).toEqual(
      events()
        .map(({ id }) => id)
        .sort(),
    );
    expect(rows.filter(({ due, start }) => due !== start)).toEqual([]);
    expect(await stack.sql('SELECT reason FROM sync_conflicts')).toEqual([]);
    const again = await startCycle({}, stack.taskQueue);
    expect(await endOf(again)).toMatchObject({ summary: 'no changes' });

    const lostResponses = relay.passed.filter(
      (relayed) => isInsert(relayed) && relayed.status !== 200 && relayed.status !== 409,
    ).length;
    expect(lostResponses).toBeGreaterThan(TASKS / 10);
    console.log(
      `200 events by ${relay.passed.filter(isInsert).length} requests; ${CRASHES} workers killed, ${lostResponses} responses lost`,
    );
  });

  test('an event in both calendars, such as an invitation to oneself, has a row for each', async () => {
    const lunch = { start: { dateTime: '2027-03-01T10:00:00Z' }, end: { dateTime: '2027-03-01T11:00:00Z' } };
    const { id } = stack.google.handle.createEvent(PERSONAL, lunch);
    stack.google.handle.createEvent('work@example.com', { ...lunch, id });
    await endOf(await startCycle({ names: ['calendar-google-to-sql'] }, stack.taskQueue));
    expect(await stack.sql('SELECT id FROM calendar_events WHERE google_event_id = $1', [id])).toHaveLength(2);
  });

  test('tokens appear nowhere in plain text', async () => {
    // Failures are the most likely place: API errors, and a revoked sign-in.
    // biome-ignore lint/suspicious/noThenProperty: a fault rule, never awaited
    stack.google.faults.add({ match: { method: 'GET' }, then: { kind: 'status', status: 403, reason: 'forbidden' } });
    await expect(endOf(await startCycle({}, stack.taskQueue))).rejects.toThrow('calendar-google-to-sql');
    stack.google.handle.revokeGrants(PERSONAL);
    stack.google.handle.expireAccessTokens();
    await expect(endOf(await startCycle({}, stack.taskQueue))).rejects.toThrow('lockstep auth google');

    expect(tokens.size).toBeGreaterThan(2);
    expect(tokens).toContain(stack.env.GOOGLE_REFRESH_TOKEN);
    for (const token of tokens) expect(token).toMatch(ANY_TOKEN);
    const secrets = [...tokens, String(stack.env.LOCKSTEP_ENCRYPTION_KEY), String(stack.env.GOOGLE_CLIENT_SECRET)];
    const found = (text: string): string[] => [
      ...secrets.filter((secret) => text.includes(secret) || text.includes(Buffer.from(secret).toString('base64'))),
      ...(ANY_TOKEN.exec(text) ?? []),
    ];

    expect(found(`Authorization: Bearer ${[...tokens][0]}`)).toHaveLength(2);

    const output = workers.map((worker) => worker.output()).join('\n');
    expect(output).toContain('calendar');
    expect(found(output)).toEqual([]);

    const histories = await historiesOf(stack, cycles);
    expect(histories).toContain('calendar-task-trigger');
    expect(histories).toContain('lockstep auth google');
    expect(found(histories)).toEqual([]);

    const dump = await dumpOf(stack);
    expect(dump).toMatch(/oauth_tokens.*"refresh_token": "v1\./);
    expect(dump).toMatch(/sync_run_history.*lockstep auth google/);
    expect(found(dump)).toEqual([]);
  });
});

/** The histories of all workflows of these cycles, with their payloads as stored. */
async function historiesOf({ client, taskQueue }: Stack, cycles: readonly WorkflowHandle[]): Promise<string> {
  const listed = async (): Promise<Map<string, string>> => {
    const found = new Map<string, string>();
    for await (const { runId, workflowId } of client.workflow.list({ query: `TaskQueue STARTS_WITH "${taskQueue}"` })) {
      found.set(runId, workflowId);
    }
    return found;
  };
  // The workflow list is eventually consistent.
  await expect
    .poll(async () => [...(await listed()).values()])
    .toEqual(expect.arrayContaining(cycles.map(({ workflowId }) => workflowId)));
  const histories: string[] = [];
  for (const [runId, workflowId] of await listed()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    histories.push(Buffer.from(History.encode(history).finish()).toString('latin1'));
  }
  expect(histories.length).toBeGreaterThan(cycles.length);
  return histories.join('\n');
}

/** Every row of every table, one line each. */
async function dumpOf({ sql }: Stack): Promise<string> {
  const tables = await sql<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    const rows = await sql<{ line: string }>(`SELECT '${name} ' || to_jsonb(t)::text AS line FROM "${name}" t`);
    lines.push(...rows.map(({ line }) => line));
  }
  return lines.join('\n');
}
