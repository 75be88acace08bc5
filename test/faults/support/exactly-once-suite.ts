import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../simulation/random.ts';
import type { TestDefinition } from '../../support/definitions.ts';
import { endOf, type Stack, startStack } from '../../support/stack.ts';
import { expectExactlyOnePageEach, syncKeyOf, temporaryIds } from './exactly-one.ts';
import { type PlannedFault, planFault } from './plan-fault.ts';
import { isCreate, type Relay, startRelay } from './relay.ts';

const SEED = 20_261_124;
/** Workers that are started in advance, because a start takes seconds. */
const WARM = 2;
/** A cycle over this few new rows sends hardly more requests. */
const MOST_REQUESTS = 30;
/** It creates more pages than this. */
const MOST_CREATIONS = 8;
const LAG_MS = 2_000;

interface Size {
  readonly rows: number;
  readonly crashes: number;
}

/** Inserts rows of two tables while workers are killed and responses are lost: each gets one page. */
export function describeExactlyOnce(definition: TestDefinition, { rows: ROWS, crashes: CRASHES }: Size): void {
  describe(`${ROWS} rows of ${definition.name}, while workers are killed and responses are lost`, () => {
    const { main, second } = definition;
    const random = new Random(SEED);
    let stack: Stack;
    let relay: Relay;
    /** For a fifth of all creations, Notion creates the page and the response is lost. */
    let lost: PlannedFault[];

    beforeAll(async () => {
      stack = await startStack({ indexLagMs: LAG_MS }, {}, definition);
      relay = await startRelay(stack.notion.url);
      const create = { match: { kind: 'create' }, times: 'always', seed: SEED } as const;
      lost = [
        planFault(stack, { kind: 'status', status: 503, afterCommit: true }, { ...create, probability: 0.1 }),
        planFault(stack, { kind: 'reset', afterCommit: true }, { ...create, probability: 1 / 9 }),
      ];
    });
    afterAll(async () => {
      await stack.stop();
      await relay.close();
    });

    const pages = () => stack.notion.workspace.pages();
    let started = 0;
    /** Each on its own task queue, so that none continues the work of the previous one while it lives. */
    const startOne = (number = started++) => {
      const taskQueue = `${stack.taskQueue}-${number}`;
      return { taskQueue, worker: stack.spawnWorker({ NOTION_BASE_URL: relay.url, TEMPORAL_TASK_QUEUE: taskQueue }) };
    };
    /** Rows whose page exists, but that do not have its id yet. */
    const orphaned = async (): Promise<string[]> => {
      const made = new Set(pages().map(syncKeyOf));
      return (await temporaryIds(stack)).map((id) => id.slice('sql:'.length)).filter((id) => made.has(id));
    };
    const insertRows = async (from: number, to: number): Promise<void> => {
      await stack.sql(
        `INSERT INTO ${main.table} (${main.title[0]}${main.more.columns})
       SELECT 'Row ' || n${main.more.values} FROM generate_series($1::int, $2::int) n WHERE n % 2 = 0`,
        [from, to],
      );
      await stack.sql(
        `INSERT INTO ${second.table} (${second.title[0]}) SELECT 'Row ' || n FROM generate_series($1::int, $2::int) n WHERE n % 2 = 1`,
        [from, to],
      );
    };

    test('end with one page each, no duplicate, none lost [S3]', { timeout: 1_800_000 }, async () => {
      /** Rows whose page has to be found by its key, because the response or the worker that received it is gone. */
      const toAdopt = new Set<string>();
      let creating = 0;
      const workers = Array.from({ length: WARM }, () => startOne());
      let cycle: WorkflowHandle | null = null;
      for (let crash = 1; crash <= CRASHES; crash += 1) {
        await insertRows(Math.floor(((crash - 1) * ROWS) / CRASHES) + 1, Math.floor((crash * ROWS) / CRASHES));
        const { worker, taskQueue } = workers.shift() ?? startOne();
        workers.push(startOne());
        await cycle?.terminate('its worker was killed');
        cycle = await stack.startCycle({ entities: [main.entity, second.entity] }, taskQueue);
        // Most workers are killed amid creations, and every fourth at any request.
        const killed =
          crash % 4 === 0
            ? relay.more(1 + random.below(MOST_REQUESTS))
            : relay.more(1 + random.below(MOST_CREATIONS), isCreate);
        await Promise.race([killed, cycle.result()]);
        if (relay.passed.slice(-6).some(isCreate)) creating += 1;
        await worker.kill();
        for (const id of await orphaned()) toAdopt.add(id);
      }
      await Promise.all(workers.map(({ worker }) => worker.kill()));
      // After the last crash, Temporal retries the sync.
      startOne(CRASHES - 1);
      if (cycle) await endOf(cycle);
      stack.spawnWorker({ NOTION_BASE_URL: relay.url });
      const last = await stack.cycle();
      for (const { creates, status } of relay.passed) if (creates && status !== 200) toAdopt.add(creates);

      const rows = await stack.sql<{ title: string }>(
        `SELECT ${main.title[0]} AS title FROM ${main.table} UNION ALL SELECT ${second.title[0]} FROM ${second.table}`,
      );
      const titles = Array.from({ length: ROWS }, (_, n) => `Row ${n + 1}`).sort();
      expect(rows.map(({ title }) => title).sort()).toEqual(titles);
      expect(
        pages()
          .map(({ title }) => title)
          .sort(),
      ).toEqual(titles);
      expect(pages().filter(({ trashed }) => trashed)).toEqual([]);
      await expectExactlyOnePageEach(stack);
      expect(last.ok).toBe(true);
      expect((await stack.cycle()).summary).toBe('no changes');

      const lostResponses = lost.reduce((sum, fault) => sum + fault.fired(), 0);
      const sent = relay.passed.filter(isCreate).length;
      expect(lostResponses).toBeGreaterThan(ROWS / 10);
      expect(creating).toBeGreaterThan(CRASHES / 2);
      console.log(
        `exactly once: ${ROWS} pages by ${sent} requests; ${CRASHES} workers killed, ${creating} of them amid creations; ` +
          `${lostResponses} responses lost after commit; ${toAdopt.size} pages adopted (seed ${SEED})`,
      );
    });
  });
}
