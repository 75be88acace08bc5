import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectExactlyOnePageEach, syncKeyOf } from '../../faults/support/exactly-one.ts';
import { isCreate, type Relay, startRelay } from '../../faults/support/relay.ts';
import { spanishFive } from '../../support/definitions.ts';
import { endOf, type Stack, startStack } from '../../support/stack.ts';

/** A table with columns, constraints and a trigger that only its owner knows. */
const ownBooks = (rows: number): string => `
  CREATE TABLE libros (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    isbn text NOT NULL UNIQUE,
    titulo varchar(80) NOT NULL CHECK (titulo <> ''),
    paginas integer CHECK (paginas > 0),
    estante text NOT NULL DEFAULT 'A',
    revision integer NOT NULL DEFAULT 0
  );
  CREATE FUNCTION revisar() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.revision := OLD.revision + 1; RETURN NEW; END $$;
  CREATE TRIGGER revisar BEFORE UPDATE OF titulo, paginas ON libros FOR EACH ROW EXECUTE FUNCTION revisar();
  INSERT INTO libros (isbn, titulo, paginas, estante)
    SELECT 'isbn-' || n, 'Libro ' || n, n, 'B' FROM generate_series(1, ${rows}) n`;

/** Adopts a table of the owner's, while a worker is killed. */
export function describeAdoption(rows: number): void {
  describe(`an existing table with ${rows} rows`, () => {
    let stack: Stack;
    let relay: Relay;
    beforeAll(async () => {
      stack = await startStack({}, {}, { ...spanishFive, ownTables: ownBooks(rows) });
      relay = await startRelay(stack.notion.url);
      stack.env.NOTION_BASE_URL = relay.url;
    });
    afterAll(async () => {
      await stack.stop();
      await relay.close();
    });
    const own = () => stack.sql('SELECT id, isbn, titulo, paginas, estante, revision FROM libros ORDER BY paginas');
    const only = { entities: ['libros'] };

    test("is adopted: one page each through a SIGKILL, and what is the owner's stays as it was", {
      timeout: 3_000_000,
    }, async () => {
      const before = await own();
      const first = `${stack.taskQueue}-first`;
      const victim = stack.spawnWorker({ TEMPORAL_TASK_QUEUE: first });
      const killed = await stack.startCycle(only, first);
      await relay.more(Math.ceil(rows / 3));
      await victim.kill();
      await killed.terminate('its worker was killed');
      const created = stack.notion.workspace.pages('Libros').length;
      expect(created).toBeGreaterThan(0);
      expect(created).toBeLessThan(rows);

      stack.spawnWorker();
      expect(await endOf(await stack.startCycle(only))).toMatchObject({ ok: true });
      const pages = stack.notion.workspace.pages('Libros');
      expect(pages).toHaveLength(rows);
      expect(new Set(pages.map(syncKeyOf)).size).toBe(rows);
      await expectExactlyOnePageEach(stack);
      expect(await own()).toEqual(before);
      const sent = relay.passed.filter(isCreate).length;
      expect(await stack.cycle(only)).toMatchObject({ ok: true });
      expect(await stack.cycle(only)).toMatchObject({ summary: 'no changes' });
      expect(relay.passed.filter(isCreate)).toHaveLength(sent);

      // Its constraint and its trigger still hold, also for what comes from Notion.
      const [page] = pages.filter(({ title }) => title === 'Libro 1');
      stack.notion.workspace.editPage(page?.id ?? '', { Páginas: 7 });
      expect(await stack.cycle(only)).toMatchObject({ ok: true, summary: expect.stringContaining('updated') });
      expect(await stack.sql("SELECT paginas, revision, estante FROM libros WHERE isbn = 'isbn-1'")).toEqual([
        { paginas: 7, revision: 1, estante: 'B' },
      ]);
      await expect(stack.sql("UPDATE libros SET titulo = '' WHERE isbn = 'isbn-1'")).rejects.toThrow(/check/);
      console.log(`adoption: ${rows} rows, ${created} pages before the SIGKILL, ${sent} requests that create pages`);
    });
  });
}
