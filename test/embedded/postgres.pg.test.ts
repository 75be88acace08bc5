import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres.ts';

let folder: string;
let running: EmbeddedPostgres[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-postgres-'));
  running = [];
});
afterEach(async () => {
  for (const server of running) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ folder });
  running.push(server);
  return server;
}

async function query<Row extends pg.QueryResultRow>({ url }: EmbeddedPostgres, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

// mkdtemp creates the folder for root only: as root, this also tests access to it.
describe('the embedded PostgreSQL', () => {
  it('starts on the loopback address, and keeps its data after a restart', async () => {
    const first = await start();
    expect(new URL(first.url).hostname).toBe('127.0.0.1');
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    expect(await query(await start(), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('takes over from a server that a killed process left running', async () => {
    const orphan = await start();
    await query(orphan, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const successor = await start();
    expect(isAlive(orphan.pid)).toBe(false);
    expect(await query(successor, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('starts after a kill -9 of PostgreSQL itself', async () => {
    const killed = await start();
    await query(killed, 'CREATE TABLE kept AS SELECT 42 AS answer');
    killed.kill();
    await killed.exited;
    expect(await query(await start(), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('ignores a lock file with the id of another process', async () => {
    const first = await start();
    await first.stop();
    const lockFile = join(folder, 'postgres', 'postmaster.pid');
    writeFileSync(lockFile, `${process.pid}\n`);
    const second = await start();
    expect(isAlive(process.pid)).toBe(true);
    expect(readFileSync(lockFile, 'utf8')).toMatch(new RegExp(`^${second.pid}\n`));
  });

  it('keeps its data folder private', async () => {
    await start();
    expect(statSync(join(folder, 'postgres')).mode & 0o077).toBe(0);
  });

  it("reports PostgreSQL's error when it does not start", async () => {
    const first = await start();
    await first.stop();
    writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '9.6\n');
    await expect(startPostgres({ folder })).rejects.toMatchObject({
      code: 'server_failed',
      message: expect.stringMatching(/^PostgreSQL did not start: .*(PostgreSQL version|incompatible)/),
    });
  });
});
