import { afterEach, describe, expect, test } from 'vitest';
import { freePort } from '../../src/embedded/ports.ts';
import { ConfigurationError } from '../../src/errors.ts';
import { startFleetHealthServer, startHealthServer } from '../../src/observability/health-server.ts';
import type { HttpService } from '../../src/shared/http-service.ts';

const say = (line: string): void => expect.fail(line);

let server: HttpService | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function serving(state: string, trouble: () => Promise<string | null> = async () => null) {
  const address = { host: '127.0.0.1', port: await freePort(29_465) };
  server = await startHealthServer({ address, say, state: () => state, trouble });
  const ask = async (path: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${address.port}${path}`);
    return `${answer.status} ${(await answer.text()).trim()}`;
  };
  return { address, ask };
}

describe('health', () => {
  test.each([
    ['RUNNING', '200 ok', '200 ok'],
    ['STOPPING', '200 ok', '503 the worker takes no work: it is stopping'],
    ['DRAINING', '200 ok', '503 the worker takes no work: it is draining'],
    ['DRAINED', '200 ok', '503 the worker takes no work: it is drained'],
    ['FAILED', '503 the worker takes no work: it is failed', '503 the worker takes no work: it is failed'],
  ])('of a worker that is %s', async (state, alive, ready) => {
    const { ask } = await serving(state);
    expect([await ask('/healthz'), await ask('/readyz?verbose')]).toEqual([alive, ready]);
  });

  test('says what does not answer, and asks once for all who ask at once', async () => {
    let asked = 0;
    let answer = (_: string): void => undefined;
    const { ask } = await serving('RUNNING', () => {
      asked += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const both = Promise.all([ask('/readyz'), ask('/readyz')]);
    await expect.poll(() => asked).toBe(1);
    expect(await ask('/healthz')).toBe('200 ok');
    answer('Temporal does not answer');
    expect(await both).toEqual(['503 Temporal does not answer', '503 Temporal does not answer']);
  });

  test('is nowhere else', async () => {
    expect(await (await serving('RUNNING')).ask('/')).toBe('404 not found');
  });

  test('at an address that is taken is one line', async () => {
    const { address } = await serving('RUNNING');
    const again = startHealthServer({ address, say, state: () => 'RUNNING', trouble: async () => null });
    await expect(again).rejects.toThrow(ConfigurationError);
    await expect(again).rejects.toThrow(
      /^cannot listen on 127\.0\.0\.1:\d+ \(the port is in use\): choose another address with LOCKSTEP_HEALTH_ADDRESS$/,
    );
  });
});

describe('health of several workspaces', () => {
  const fleet = async (report: Record<string, string | null>) => {
    const address = { host: '127.0.0.1', port: await freePort(29_465) };
    server = await startFleetHealthServer({ address, say, report: async () => new Map(Object.entries(report)) });
    return async (path: string): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${address.port}${path}`);
      return `${answer.status} ${(await answer.text()).trim()}`;
    };
  };

  test('names each, and one that fails is no reason to end the others', async () => {
    const ask = await fleet({ marta: null, berta: 'PostgreSQL does not answer' });
    expect(await ask('/healthz')).toBe('200 ok');
    expect(await ask('/readyz')).toBe('200 marta: ok\nberta: PostgreSQL does not answer');
    expect(await ask('/readyz?workspace=berta')).toBe('503 PostgreSQL does not answer');
    expect(await ask('/readyz?workspace=nobody')).toBe('404 no such workspace');
  });

  test('is not ready when none takes work', async () => {
    const ask = await fleet({ berta: 'PostgreSQL does not answer' });
    expect(await ask('/readyz')).toBe('503 berta: PostgreSQL does not answer');
  });
});
