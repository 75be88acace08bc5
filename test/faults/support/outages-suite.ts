import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startPostgres } from '../../../src/embedded/postgres.ts';
import { startTemporal } from '../../../src/embedded/temporal.ts';
import type { TestDefinition } from '../../support/definitions.ts';
import { endOf, type OwnServers, type Stack, startStack } from '../../support/stack.ts';
import { expectExactlyOnePageEach } from './exactly-one.ts';
import { planFault } from './plan-fault.ts';
import { isCreate, isUpdate, type Relay, startRelay } from './relay.ts';

/** Apart from the ports of other tests: a restarted server needs the same port again. */
const ownPort = (): number => 20_000 + randomInt(10_000);

/** Servers and connections that fail in the middle of a cycle. */
export function describeOutages(definition: TestDefinition): void {
  describe(`outages with ${definition.name}`, () => {
    const { entity, table, database, title, text, more } = definition.main;
    const ONLY_MAIN = { entities: [entity] };
    const cleanUp: (() => Promise<void> | void)[] = [];
    afterEach(async () => {
      for (const step of cleanUp.splice(0).reverse()) await step();
    });

    const start = async (own: OwnServers = {}): Promise<{ stack: Stack; relay: Relay }> => {
      const stack = await startStack({}, own, definition);
      const relay = await startRelay(stack.notion.url);
      cleanUp.push(
        () => relay.close(),
        () => stack.stop(),
      );
      stack.env.NOTION_BASE_URL = relay.url;
      stack.spawnWorker();
      return { stack, relay };
    };
    const ownFolder = (): string => {
      const folder = mkdtempSync(join(tmpdir(), 'lockstep-outage-'));
      cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
      return folder;
    };
    const insertRows = ({ sql }: Stack, count: number) =>
      sql(
        `INSERT INTO ${table} (${title[0]}${more.columns}) SELECT 'Row ' || n${more.values} FROM generate_series(1, $1::int) n`,
        [count],
      );
    const pages = ({ notion }: Stack) => notion.workspace.pages(database);
    /** What PostgreSQL does for each of the first `times` rows when its temporary id is replaced. */
    const disturbReplacement = async (stack: Stack, times: number, statement: string): Promise<void> => {
      await stack.sql('CREATE SEQUENCE disturbed');
      await stack.sql(`CREATE FUNCTION disturb() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF nextval('disturbed') <= ${times} THEN ${statement}; END IF; RETURN NEW; END $$`);
      await stack.sql(`CREATE TRIGGER disturb BEFORE UPDATE OF notion_page_id ON ${table} FOR EACH ROW
      WHEN (OLD.notion_page_id LIKE 'sql:%') EXECUTE FUNCTION disturb()`);
    };
    const disturbances = async (stack: Stack): Promise<number> =>
      Number((await stack.sql<{ last_value: string }>('SELECT last_value FROM disturbed'))[0]?.last_value);
    const expectAllThere = async (stack: Stack, count: number): Promise<void> => {
      expect(pages(stack)).toHaveLength(count);
      await expectExactlyOnePageEach(stack);
      expect(await stack.sql('SELECT reason FROM sync_conflicts')).toEqual([]);
    };

    test('PostgreSQL restarts during a cycle', async () => {
      const folder = ownFolder();
      const port = ownPort();
      let postgres = await startPostgres({ folder, port });
      cleanUp.push(() => postgres.stop());
      const { stack, relay } = await start({ databaseUrl: postgres.superuserUrl });
      await insertRows(stack, 20);
      const held = relay.hold('after', isCreate);
      const cycle = await stack.startCycle(ONLY_MAIN);
      await held.arrived;
      await postgres.stop();
      held.release();
      const before = postgres.url;
      postgres = await startPostgres({ folder, port });
      expect(postgres.url).toBe(before);
      expect(await endOf(cycle)).toMatchObject({ ok: true });
      await expectAllThere(stack, 20);
    });

    test('PostgreSQL crashes during a cycle', async () => {
      const postgres = await startPostgres({ folder: ownFolder(), port: ownPort() });
      cleanUp.push(() => postgres.stop());
      const { stack, relay } = await start({ databaseUrl: postgres.superuserUrl });
      await insertRows(stack, 20);
      const held = relay.hold('after', isCreate);
      const cycle = await stack.startCycle(ONLY_MAIN);
      await held.arrived;
      const [backend] = await stack.sql<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lockstep claims%'",
      );
      // After kill -9 of one backend, PostgreSQL closes all connections and recovers from its log.
      process.kill(backend?.pid ?? 0, 'SIGKILL');
      held.release();
      expect(await endOf(cycle)).toMatchObject({ ok: true });
      await expectAllThere(stack, 20);
    });

    test('the Temporal server restarts during a cycle', async () => {
      const options = { folder: ownFolder(), port: ownPort(), cliPath: process.env.TEMPORAL_CLI_PATH };
      let temporal = await startTemporal(options);
      cleanUp.push(() => temporal.stop());
      const { stack, relay } = await start({ temporalAddress: temporal.address });
      await insertRows(stack, 20);
      const held = relay.hold('after', isCreate);
      const cycle = await stack.startCycle(ONLY_MAIN);
      await held.arrived;
      await temporal.stop();
      held.release();
      const before = temporal.address;
      temporal = await startTemporal(options);
      expect(temporal.address).toBe(before);
      await expect.poll(() => endOf(cycle), { timeout: 100_000 }).toMatchObject({ ok: true });
      await expectAllThere(stack, 20);
    });

    test('connections are reset after Notion made an update', async () => {
      const { stack, relay } = await start();
      await insertRows(stack, 6);
      await stack.cycle(ONLY_MAIN);
      const fault = planFault(stack, { kind: 'reset', afterCommit: true }, { match: { kind: 'update' }, times: 3 });
      await stack.sql(`UPDATE ${table} SET ${text} = 'Edited'`);
      expect(await stack.cycle(ONLY_MAIN)).toMatchObject({ ok: true });
      expect(fault.fired()).toBe(3);
      // The update is recognized, and not written again.
      expect(relay.passed.filter(isUpdate)).toHaveLength(6);
      await expectAllThere(stack, 6);
      expect(await stack.cycle(ONLY_MAIN)).toMatchObject({ summary: 'no changes' });
    });

    test('an edit in SQL after an update with a lost response', async () => {
      const { stack, relay } = await start();
      await insertRows(stack, 1);
      await stack.cycle(ONLY_MAIN);
      planFault(stack, { kind: 'reset', afterCommit: true }, { match: { kind: 'update' } });
      const held = relay.hold('after', isUpdate);
      await stack.sql(`UPDATE ${table} SET ${title[0]} = 'Edited'`);
      const cycle = await stack.startCycle(ONLY_MAIN);
      await held.arrived;
      await stack.sql(`UPDATE ${table} SET ${title[0]} = 'Edited again'`);
      held.release();
      expect(await endOf(cycle)).toMatchObject({ ok: true });
      expect(pages(stack).map(({ title }) => title)).toEqual(['Edited again']);
      await expectAllThere(stack, 1);
    });

    test('many 429 responses with Retry-After', async () => {
      const { stack, relay } = await start();
      await insertRows(stack, 20);
      const fault = planFault(stack, { kind: 'status', status: 429, retryAfter: 1 }, { times: 40 });
      expect(await stack.cycle()).toMatchObject({ ok: true });
      expect(fault.fired()).toBe(40);
      // A refused creation created no page: it is sent again without a search by key.
      const refused = relay.passed.filter((request) => isCreate(request) && request.status === 429);
      expect(relay.passed.filter(isCreate)).toHaveLength(20 + refused.length);
      await expectAllThere(stack, 20);
    });

    test('a period of 503 responses', async () => {
      const { stack } = await start();
      await insertRows(stack, 5);
      await stack.cycle(ONLY_MAIN);
      await stack.sql(`UPDATE ${table} SET ${text} = 'Edited'`);
      stack.notion.workspace.createPage(database, { [title[1]]: 'Row 6' });
      const fault = planFault(stack, { kind: 'status', status: 503 }, { times: 'always' });
      const cycle = await stack.startCycle(ONLY_MAIN);
      // Each attempt of the first sync ends with its first request, so this is the fourth attempt.
      await expect.poll(() => fault.fired()).toBeGreaterThan(3);
      fault.end();
      expect(await endOf(cycle)).toMatchObject({ ok: true });
      await expectAllThere(stack, 6);
    });

    test('a period of 503 responses that begins during creations', async () => {
      const { stack, relay } = await start();
      await insertRows(stack, 12);
      const held = relay.hold('before', isCreate);
      const cycle = await stack.startCycle(ONLY_MAIN);
      await held.arrived;
      const fault = planFault(stack, { kind: 'status', status: 503 }, { times: 'always' });
      held.release();
      await expect.poll(() => fault.fired()).toBeGreaterThan(14);
      fault.end();
      expect(await endOf(cycle)).toMatchObject({ ok: true });
      await expectAllThere(stack, 12);
    });

    test('the connection to PostgreSQL is lost while temporary ids are replaced', async () => {
      const { stack, relay } = await start();
      await insertRows(stack, 6);
      await disturbReplacement(stack, 4, 'PERFORM pg_terminate_backend(pg_backend_pid())');
      expect(await stack.cycle(ONLY_MAIN)).toMatchObject({ ok: true });
      expect(await disturbances(stack)).toBeGreaterThan(4);
      expect(relay.passed.filter(isCreate)).toHaveLength(6);
      await expectAllThere(stack, 6);
    });

    test('the disk is full while temporary ids are replaced', async () => {
      const { stack, relay } = await start();
      await insertRows(stack, 6);
      await disturbReplacement(stack, 4, "RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'");
      expect(await stack.cycle(ONLY_MAIN)).toMatchObject({ ok: true });
      expect(await disturbances(stack)).toBeGreaterThan(4);
      expect(relay.passed.filter(isCreate)).toHaveLength(6);
      await expectAllThere(stack, 6);
    });
  });
}
