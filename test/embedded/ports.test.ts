import { createServer } from 'node:net';
import { expect, test, vi } from 'vitest';
import { freePort, startOnFreePorts } from '../../src/embedded/ports.ts';

const preferred = async (): Promise<[number, number]> => [await freePort(21_000), await freePort(22_000)];

test('a server whose port another program takes first is started on another one', async () => {
  const other = createServer();
  const start = vi.fn(async (port: number) => {
    if (start.mock.calls.length > 1) return port;
    await new Promise<void>((done) => other.listen(port, '127.0.0.1', done));
    throw new Error('the port is in use');
  });
  const port = await startOnFreePorts(await preferred(), start);
  expect(start).toHaveBeenCalledTimes(2);
  expect(port).not.toBe(start.mock.calls[0]?.[0]);
  await new Promise((done) => other.close(done));
});

test('a server that does not start for another reason is not started again', async () => {
  const start = vi.fn(async () => {
    throw new Error('no such file');
  });
  await expect(startOnFreePorts(await preferred(), start)).rejects.toThrow('no such file');
  expect(start).toHaveBeenCalledTimes(1);
});
