import { expect, test } from 'vitest';
import { Budget } from '../src/budget.ts';
import type { FaultRule } from '../src/index.ts';
import { clientOf, raw, sourceOf, start, titled, when } from './support.ts';

const parent = { data_source_id: sourceOf('tags') };
const properties = { Name: titled('One') };

async function withFault(then: FaultRule['then']) {
  const emulator = await start();
  emulator.faults.add(when({ kind: 'create' }, then));
  const client = clientOf(emulator);
  return {
    emulator,
    create: () => client.pages.create({ parent, properties }),
    pages: () => emulator.workspace.pages('Tags'),
  };
}

test('the budget can be spent in one burst, then requests get Retry-After', async () => {
  const emulator = await start({ requestsPerMinute: 3 });
  for (let n = 0; n < 3; n += 1) expect((await raw(emulator, 'GET', '/v1/users/me')).status).toBe(200);
  const refused = await raw(emulator, 'GET', '/v1/users/me');
  expect(refused).toMatchObject({
    status: 429,
    body: { code: 'rate_limited', additional_data: { rate_limit_reason: 'public_api_request_rate_limit' } },
  });
  const seconds = Number(refused.headers.get('retry-after'));
  expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true);
  expect(refused.body.additional_data).toMatchObject({ retry_after: String(seconds) });
  emulator.workspace.addIntegration('other', 'Other');
  expect((await raw(emulator, 'GET', '/v1/users/me', undefined, { authorization: 'Bearer other' })).status).toBe(200);
});

test('the budget is full again after 60 seconds', () => {
  let now = 0;
  const budget = new Budget(
    () => now,
    () => 2,
  );
  budget.spend('a');
  now = 45_000;
  budget.spend('a');
  expect(() => budget.spend('a')).toThrow(expect.objectContaining({ retryAfter: 15 }));
  now = 60_000;
  expect(() => budget.spend('a')).not.toThrow();
});

test('a fault before the commit changes nothing', async () => {
  const { create, pages } = await withFault({ kind: 'status', status: 503 });
  await expect(create()).rejects.toMatchObject({ status: 503, code: 'service_unavailable' });
  expect(pages()).toEqual([]);
  await create();
  expect(pages()).toHaveLength(1);
});

test('a fault after the commit keeps the page, and can contain its id', async () => {
  const { create, pages } = await withFault({ kind: 'status', status: 503, afterCommit: true, committedId: true });
  const error = await create().catch((failure: unknown) => failure);
  const [page] = pages();
  expect(error).toMatchObject({ status: 503, additional_data: { committed_resource_id: page?.id } });
});

test('a connection is reset before or after the commit', async () => {
  const before = await withFault({ kind: 'reset' });
  await expect(before.create()).rejects.toThrow('fetch failed');
  expect(before.pages()).toEqual([]);
  const after = await withFault({ kind: 'reset', afterCommit: true });
  await expect(after.create()).rejects.toThrow('fetch failed');
  expect(after.pages()).toHaveLength(1);
  expect(after.emulator.counters.read()).toMatchObject({ total: 1, writes: 1, byStatus: { 0: 1 } });
});

test('a proxy answers HTML, and a request gets no answer', async () => {
  const proxy = await withFault({ kind: 'html502' });
  await expect(proxy.create()).rejects.toMatchObject({ code: 'notionhq_client_response_error', status: 502 });
  const hanging = await start();
  hanging.faults.add(when({}, { kind: 'hang' }));
  await expect(
    fetch(`${hanging.url}/v1/users/me`, {
      headers: { authorization: `Bearer ${hanging.token}`, 'notion-version': '2025-09-03' },
      signal: AbortSignal.timeout(100),
    }),
  ).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('529 and a blocked integration have Retry-After', async () => {
  const overload = await withFault({ kind: 'status', status: 529, retryAfter: 7 });
  await expect(overload.create()).rejects.toMatchObject({
    code: 'service_overload',
    additional_data: { retry_after: '7' },
  });
  const blocked = await withFault({ kind: 'status', status: 429, rateLimitReason: 'public_api_request_blocked' });
  await expect(blocked.create()).rejects.toMatchObject({
    additional_data: { rate_limit_reason: 'public_api_request_blocked' },
  });
});

test('a rule skips, repeats and applies to matching requests only', async () => {
  const emulator = await start();
  const id = emulator.faults.add(
    when({ method: 'get', path: '^/v1/users/me$' }, { kind: 'status', status: 500 }, { skip: 1, times: 2 }),
  );
  const statuses = [];
  for (let n = 0; n < 4; n += 1) {
    statuses.push((await raw(emulator, 'GET', '/v1/users/me')).status);
    expect((await raw(emulator, 'GET', '/v1/users')).status).toBe(200);
  }
  expect(statuses).toEqual([200, 500, 500, 200]);
  expect(emulator.faults.list()).toMatchObject([{ id, fired: 2 }]);
});

test('a random fault fails the same requests for the same seed', async () => {
  const run = async (seed: number) => {
    const emulator = await start();
    emulator.faults.add(when({}, { kind: 'status', status: 500 }, { times: 'always', probability: 0.5, seed }));
    const statuses = [];
    for (let n = 0; n < 20; n += 1) statuses.push((await raw(emulator, 'GET', '/v1/users/me')).status);
    return statuses.join();
  };
  const first = await run(1);
  expect(first).toContain('200');
  expect(first).toContain('500');
  expect(await run(1)).toBe(first);
  expect(await run(2)).not.toBe(first);
});

test('a refused write does not use up a fault that happens after the commit', async () => {
  const { emulator, create } = await withFault({ kind: 'reset', afterCommit: true });
  const refused = clientOf(emulator).pages.create({ parent, properties: { Nothing: titled('x') } });
  await expect(refused).rejects.toMatchObject({ status: 400 });
  await expect(create()).rejects.toThrow('fetch failed');
});
