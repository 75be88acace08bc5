import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestDefinition } from '../../support/definitions.ts';
import { endOf, type Stack, startStack } from '../../support/stack.ts';
import { expectExactlyOnePageEach } from './exactly-one.ts';
import { isCreate, isUpdate, type Relay, startRelay } from './relay.ts';

/** Writes that happen after another worker has gone on. */
export function describeLateWrites(definition: TestDefinition): void {
  describe(`late writes with ${definition.name}`, () => {
    const { entity, table, database, title, edits } = definition.main;
    const only = { entities: [entity] };
    let stack: Stack;
    /** Each worker has its own relay to Notion. */
    let first: Relay;
    let second: Relay;

    beforeEach(async () => {
      stack = await startStack({}, {}, definition);
      first = await startRelay(stack.notion.url);
      second = await startRelay(stack.notion.url);
    });
    afterEach(async () => {
      await stack.stop();
      await Promise.all([first.close(), second.close()]);
    });

    const otherQueue = () => `${stack.taskQueue}-other`;
    const startFirst = () => stack.spawnWorker({ NOTION_BASE_URL: first.url });
    /** A worker whose cycles do not wait for those of the first: only claims separate the two. */
    const startStranger = () => stack.spawnWorker({ NOTION_BASE_URL: second.url, TEMPORAL_TASK_QUEUE: otherQueue() });
    const strangersCycle = async () => endOf(await stack.startCycle(only, otherQueue()));
    const pages = () => stack.notion.workspace.pages(database);
    const update = (assignments: string) => stack.sql(`UPDATE ${table} SET ${assignments}`);

    test('a worker is suspended during a creation, and another one takes over its claim: its late writes undo nothing', async () => {
      const sleeper = startFirst();
      await stack.sql(`INSERT INTO ${table} (${title[0]}) VALUES ('As it was')`);
      const held = first.hold('after', isCreate);
      const cycle = await stack.startCycle(only);
      await held.arrived;
      sleeper.signal('SIGSTOP');
      held.release();
      // As PostgreSQL does when the suspended worker's machine has lost its network.
      await stack.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lockstep claims%'",
      );
      startStranger();
      expect(await strangersCycle()).toMatchObject({ ok: true });
      await update(`${title[0]} = 'Edited in SQL'`);
      expect(await strangersCycle()).toMatchObject({ ok: true });
      sleeper.signal('SIGCONT');
      expect(await endOf(cycle)).toMatchObject({ ok: true });

      const [page] = pages();
      stack.notion.workspace.editPage(page?.id ?? '', { [title[1]]: 'As it was' });
      await stack.cycle(only);
      expect(await stack.sql(`SELECT ${title[0]} AS title FROM ${table}`)).toEqual([{ title: 'As it was' }]);
      expect(pages().map((one) => one.title)).toEqual(['As it was']);
    });

    test('an update that Notion makes after its worker was killed takes no later edit back', async () => {
      await stack.sql(`INSERT INTO ${table} (${title[0]}) VALUES ('Row')`);
      const victim = startFirst();
      await stack.cycle(only);
      await update(edits[0]);
      const held = first.hold('before', isUpdate);
      const cycle = await stack.startCycle(only);
      await held.arrived;
      await victim.kill();
      await cycle.terminate('its worker was killed');
      startStranger();
      await update(edits[1]);
      expect(await strangersCycle()).toMatchObject({ ok: true });
      const [row] = await stack.sql<{ row: object }>(
        `SELECT to_jsonb(t) - 'notion_last_edited_at' AS row FROM ${table} t`,
      );
      held.release();
      await held.done;
      expect(await strangersCycle()).toMatchObject({ ok: true });
      expect(await stack.sql(`SELECT to_jsonb(t) - 'notion_last_edited_at' AS row FROM ${table} t`)).toMatchObject([
        { row: { ...row?.row, updated_at: expect.anything() } },
      ]);
      await expectExactlyOnePageEach(stack);
    });
  });
}
