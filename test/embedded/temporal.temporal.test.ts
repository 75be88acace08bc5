import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../src/embedded/ports.ts';
import { type EmbeddedTemporal, startTemporal } from '../../src/embedded/temporal.ts';
import { ensureSchedule, pauseSchedule } from '../../src/schedules.ts';
import { SCHEDULE_ID } from '../../src/temporal/deployment-ids.ts';

let folder: string;
let running: EmbeddedTemporal[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-temporal-'));
  running = [];
});
afterEach(async () => {
  for (const server of running) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedTemporal> {
  const server = await startTemporal({ folder });
  running.push(server);
  return server;
}

async function withClient<T>({ address }: EmbeddedTemporal, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

const isPaused = (server: EmbeddedTemporal): Promise<boolean> =>
  withClient(server, async (client) => (await client.schedule.getHandle(SCHEDULE_ID).describe()).state.paused);

describe('the embedded Temporal', () => {
  it('serves its Web UI, and keeps its state after a restart', async () => {
    const first = await start();
    expect((await fetch(first.uiUrl)).status).toBe(200);
    await withClient(first, async (client) => {
      await ensureSchedule(client, { taskQueue: 'lockstep' });
      await pauseSchedule(client, 'lockstep');
    });
    await first.stop();
    expect(await isPaused(await start())).toBe(true);
  });

  it('takes over from a server that a killed process left running', async () => {
    const orphan = await start();
    await withClient(orphan, async (client) => {
      await ensureSchedule(client, { taskQueue: 'lockstep' });
      await pauseSchedule(client, 'lockstep');
    });
    const successor = await start();
    await orphan.exited;
    expect(await isPaused(successor)).toBe(true);
  });

  it('reports a wrong TEMPORAL_CLI_PATH', async () => {
    await expect(startTemporal({ folder, cliPath: folder })).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('TEMPORAL_CLI_PATH'),
    });
  });

  it('reports the output of a binary that is not Temporal', async () => {
    await expect(startTemporal({ folder, cliPath: process.execPath })).rejects.toMatchObject({
      code: 'server_failed',
      message: expect.stringMatching(/^Temporal did not start: ./),
    });
  });
});

describe('freePort', () => {
  it('skips a port in use', async () => {
    const server = createServer();
    const taken = await freePort(20_000);
    await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
    try {
      expect(await freePort(taken)).toBeGreaterThan(taken);
    } finally {
      server.close();
    }
    expect(await freePort(taken)).toBe(taken);
  });
});
