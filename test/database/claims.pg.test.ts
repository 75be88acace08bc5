import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Claims, type ClaimTimes } from '../../src/database/claims.ts';
import { freshDatabase } from '../support/database.ts';

const never = new AbortController().signal;

/** Forwards connections to a PostgreSQL server until the machine is "lost": then nothing arrives, and nothing is closed. */
async function startRelay(url: string) {
  const target = new URL(url);
  const port = Number(target.port || 5432);
  const sockets: Socket[] = [];
  const server = createServer((from) => {
    const to = connect(port, target.hostname);
    sockets.push(from, to);
    for (const [a, b] of [
      [from, to],
      [to, from],
    ] as const)
      a.on('data', (data) => b.write(data)).on('error', () => undefined);
    from.on('close', () => to.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  target.port = String(address.port);
  return {
    url: target.href,
    lose: () => {
      for (const socket of sockets) socket.removeAllListeners('data').on('data', () => undefined);
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('claims', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  const cleanUp: (() => Promise<void> | void)[] = [];
  beforeEach(async () => {
    database = await freshDatabase();
  });
  afterEach(async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
    await database.drop();
  });

  const open = (times: Partial<ClaimTimes> = {}, url = database.url): Claims => {
    const claims = new Claims(url, times);
    cleanUp.push(() => claims.close());
    return claims;
  };
  /** Takes a claim, and returns its signal while it is held. */
  const take = async (claims: Claims, until: Promise<unknown> = new Promise(() => undefined)): Promise<AbortSignal> =>
    new Promise((resolve, reject) => {
      claims
        .hold('tasks', { signal: never }, async (signal) => {
          resolve(signal);
          await until;
        })
        .catch(reject);
    });

  test('a wait ends with an error that names the holder', async () => {
    await take(open());
    await expect(open({ maxWait: 300 }).hold('tasks', { signal: never }, async () => undefined)).rejects.toMatchObject({
      code: 'claim_busy',
      message: expect.stringMatching(
        new RegExp(
          `^tasks is in use by process ${process.pid} on .* \\(PostgreSQL session \\d+, since 20.*\\): waiting`,
        ),
      ),
    });
  });

  test('one caller may wait for less', async () => {
    const claims = open({ maxWait: 3_600_000 });
    await take(claims);
    await expect(claims.hold('tasks', { signal: never, claimWait: 300 }, async () => undefined)).rejects.toMatchObject({
      code: 'claim_busy',
    });
  });

  test('a wait for the same worker ends as well', async () => {
    const claims = open({ maxWait: 300 });
    await take(claims);
    await expect(claims.hold('tasks', { signal: never }, async () => undefined)).rejects.toThrow(
      'tasks is in use by another activity of this worker',
    );
  });

  test('a holder that shows no life loses its claim, and its late writes are refused', async () => {
    // A suspended process sends no pings.
    const suspended = await take(open({ lease: 500, ping: 3_600_000 }));
    await open({ maxWait: 30_000 }).hold('tasks', { signal: never }, async () => undefined);
    expect(() => suspended.throwIfAborted()).toThrow();
  });

  test('the signal is asked before the loss was noticed: it knows that the lease has ended', async () => {
    const suspended = await take(open({ lease: 300, ping: 3_600_000 }));
    const until = Date.now() + 400;
    // As SIGSTOP: not even the closed connection can be noticed meanwhile.
    while (Date.now() < until);
    expect(suspended.aborted).toBe(false);
    expect(() => suspended.throwIfAborted()).toThrow('this process was suspended');
  });

  test('a holder that is alive keeps its claim for longer than a lease', async () => {
    const held = await take(open({ lease: 1_500, ping: 200 }));
    await expect(
      open({ maxWait: 4_000 }).hold('tasks', { signal: never }, async () => undefined),
    ).rejects.toMatchObject({
      code: 'claim_busy',
    });
    held.throwIfAborted();
  });

  test('a machine that is lost without closing its connection loses its claim', async () => {
    const relay = await startRelay(database.url);
    cleanUp.push(relay.close);
    await take(open({ lease: 1_500, ping: 200 }, relay.url));
    relay.lose();
    await open({ maxWait: 30_000 }).hold('tasks', { signal: never }, async () => undefined);
  });

  test('work that ignores its cancellation holds nothing up', async () => {
    const claims = open({ grace: 100 });
    const cancelled = new AbortController();
    let held: AbortSignal | undefined;
    const hung = claims.hold('tasks', { signal: cancelled.signal }, (signal) => {
      held = signal;
      return new Promise(() => undefined);
    });
    await expect.poll(() => held).toBeDefined();
    cancelled.abort(new Error('cancelled'));
    await expect(hung).rejects.toThrow('cancelled');
    await claims.hold('tasks', { signal: never }, async () => undefined);
    expect(() => held?.throwIfAborted()).toThrow();
  });
});
