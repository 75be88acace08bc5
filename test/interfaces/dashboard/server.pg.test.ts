import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { FinalError } from '../../../src/errors.ts';
import { type DashboardOptions, startDashboard } from '../../../src/interfaces/dashboard/server.ts';
import type { HttpService } from '../../../src/shared/http-service.ts';
import { TemporalUnreachableError } from '../../../src/temporal/client.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { type Answer, ask, formTokenOf, press } from './ask.ts';
import { textOf } from './hostile.ts';
import { quietOptions } from './quiet-options.ts';
import { sampleConflict, sampleHistory } from './sample.ts';

const TOKEN = 'a-token-of-the-test-and-of-nobody-else';
const STARTED = 'lockstep-sync-2026-11-25T20:08:31.000Z-abcdef';

let home: TestDatabase;
let database: DatabasePool;
let open: HttpService[] = [];
let asked: (string | undefined)[];
let said: string[];
let trouble: Error | null;
/** The times of pauses, and what was resumed. */
let paused: (number | undefined | 'resumed')[];

beforeAll(async () => {
  home = await freshDatabase();
  database = openDatabase(home.url, 4);
});
afterAll(async () => {
  await database.close();
  await home.drop();
});
beforeEach(() => {
  [asked, said, trouble, paused] = [[], [], null, []];
});
afterEach(async () => {
  await Promise.all(open.map((dashboard) => dashboard.stop()));
  open = [];
  expect(said.join()).not.toContain(TOKEN);
});

async function start(different: Partial<DashboardOptions> = {}): Promise<string> {
  const dashboard = await startDashboard({
    ...quietOptions,
    database,
    temporal: {
      runNow: async (entity) => {
        if (trouble) throw trouble;
        asked.push(entity);
        return STARTED;
      },
      pause: async (forMs) => void paused.push(forMs),
      resume: async () => void paused.push('resumed'),
      look: async () => {
        if (trouble) throw trouble;
        return {
          schedule: 'every ten minutes',
          isPaused: paused.length > 0 && paused.at(-1) !== 'resumed',
          open: [],
          progress: new Map(),
        };
      },
    },
    say: (line) => said.push(line),
    ...different,
  });
  open.push(dashboard);
  return dashboard.url;
}

describe('the dashboard', () => {
  test('serves every page, and forbids caching', async () => {
    const [task] = await database.query<{ id: string }>(
      sql`INSERT INTO tasks (title) VALUES ('A <b>task</b>') RETURNING id`,
    );
    await sampleHistory(database, randomUUID());
    const conflict = await sampleConflict(database, task?.id ?? '', 'page-1');
    const url = await start();
    for (const [path, says] of [
      ['/', 'of games is missing'],
      ['/entities/tasks', 'A &lt;b&gt;task&lt;/b&gt;'],
      ['/entities/people', 'cannot be set to'],
      ['/entities/calendar_events', 'Google → SQL'],
      ['/conflicts', 'Renew both passports'],
      ['/conflicts?all=1', 'Renew both passports'],
      [`/conflicts/${conflict}`, 'Renew my passport'],
      ['/records', 'Enter words from a title'],
      ['/records?q=A%20task&entity=tasks', 'A &lt;b&gt;task&lt;/b&gt;'],
      ['/cycles', 'Started'],
      ['/cycles?before=10', 'No cycle has run yet.'],
      ['/cycles?before=nonsense', 'Started'],
    ] as const) {
      const { status, headers, body } = await ask(url + path);
      expect({ path, status }).toEqual({ path, status: 200 });
      expect(body).toContain(says);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers['content-security-policy']).toContain("; script-src 'self'; connect-src 'self'; ");
      expect(headers['content-security-policy']).not.toContain('unsafe');
    }
    expect((await ask(`${url}/`, { method: 'HEAD' })).status).toBe(200);
    expect((await ask(`${url}/history?before=7`)).headers.location).toBe('/cycles?before=7');
  });

  test('answers 404 elsewhere, and 405 with the allowed methods', async () => {
    const url = await start();
    for (const path of [
      '/nowhere',
      '/entities/nothing',
      '/conflicts/ffff',
      '/records/nothing/c1aa28d4-d2e5-44c4-ae87-4fb8972d68bb',
      '/records/tasks/c1aa28d4-d2e5-44c4-ae87-4fb8972d68bb',
      '/records/tasks/nonsense',
      '/records/tasks/%00',
      '/records?q=%00',
      '/cycles/%00',
      '/records?q=x&entity=nothing',
      '/cycles/nonsense',
      '/cycles/nonsense/undo',
      '/constructor',
      '/%',
      '/entities/%E0%A4%A',
    ]) {
      expect({ path, status: (await ask(url + path)).status }).toEqual({ path, status: 404 });
    }
    expect(await ask(`${url}/cycles`, { method: 'DELETE' })).toMatchObject({ status: 405, headers: { allow: 'GET' } });
    expect(await ask(`${url}/sync`)).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await ask(`${url}/healthz`)).toMatchObject({ status: 200, body: 'ok\n' });
  });

  test('pauses for a time or until it is resumed, and shows which', async () => {
    const url = await start();
    expect((await ask(url)).body).toContain('action="/pause"');
    expect((await press(url, '/pause', { for: '8h' })).status).toBe(303);
    expect((await ask(url)).body).toContain('action="/resume"');
    expect((await press(url, '/resume')).status).toBe(303);
    expect((await press(url, '/pause', { for: '' })).status).toBe(303);
    expect(paused).toEqual([28_800_000, 'resumed', undefined]);
    expect((await press(url, '/pause', { for: 'ever' })).status).toBe(409);
  });

  test('starts a cycle, for all or one entity', async () => {
    const url = await start();
    const started = await press(url, '/sync');
    expect(started).toMatchObject({ status: 303, headers: { location: `/?started=${encodeURIComponent(STARTED)}` } });
    expect((await ask(url + started.headers.location)).body).toContain(STARTED);
    expect((await press(url, '/sync', { entity: 'games' })).status).toBe(303);
    expect((await press(url, '/sync', { entity: 'nonsense' })).status).toBe(404);
    expect(asked).toEqual([undefined, 'games']);
    expect((await ask(`${url}/?started=${encodeURIComponent('call PAYNOW')}`)).body).not.toContain('PAYNOW');
  });

  const titleOf = async (id: string | undefined) =>
    (await database.query<{ title: string }>(sql`SELECT title FROM tasks WHERE id = ${id}::uuid`))[0]?.title;
  const isResolved = async (id: string) =>
    (await database.query(sql`SELECT FROM sync_conflicts WHERE id = ${id}::uuid AND resolved_at IS NOT NULL`))
      .length === 1;
  const insertTask = async (pageId: string): Promise<string> => {
    const [row] = await database.query<{ id: string }>(sql`
      INSERT INTO tasks (title, priority, notes, notion_page_id)
        VALUES ('Renew both passports', 'High', 'At the town hall, window 4; two photographs', ${pageId}) RETURNING id`);
    return row?.id ?? expect.fail('no task');
  };
  const rename = (id: string, title: string) =>
    database.execute(sql`UPDATE tasks SET title = ${title} WHERE id = ${id}::uuid`);

  test('resolves a conflict field by field, once, unless the record was edited meanwhile', async () => {
    const task = await insertTask('page-2');
    const conflict = await sampleConflict(database, task, 'page-2');
    const url = await start();
    const path = `/conflicts/${conflict}`;
    const seen = async () => /name="seen" value="([^"]+)"/.exec((await ask(url + path)).body)?.[1] ?? '';
    const form = { 'use.title': 'sql', seen: await seen() };
    await rename(task, 'Renew three passports');
    expect(await press(url, `${path}/resolve`, form)).toMatchObject({
      status: 409,
      body: expect.stringContaining('the record was edited while you looked at it'),
    });
    expect((await ask(url + path)).body).toContain('edited after the conflict');
    const now = {
      'use.title': 'sql',
      'use.due_date': 'typed',
      'typed.due_date': '2027-04-01T08:15',
      seen: await seen(),
    };
    for (const [wrong, says] of [
      [{ 'typed.due_date': 'some day' }, 'tasks.due_date cannot be &quot;some day&quot;: use 2026-03-01'],
      [{ 'use.due_date': 'current' }, 'Another value was entered for due_date, but not chosen'],
      [{ 'use.title': 'typed', 'typed.title': ' ' }, 'tasks.title is empty'],
      [{ 'use.priority': 'typed', 'typed.priority': 'Highest' }, 'tasks has no priority &quot;Highest&quot;'],
    ] as const) {
      expect(await press(url, `${path}/resolve`, { ...now, ...wrong })).toMatchObject({
        status: 409,
        body: expect.stringContaining(says),
      });
    }
    expect(await isResolved(conflict)).toBe(false);
    const answer = await press(url, `${path}/resolve`, now);
    expect(answer).toMatchObject({ status: 303, headers: { location: `${path}?done=changed` } });
    expect((await ask(url + answer.headers.location)).body).toContain('The next cycle syncs the changed fields');
    expect(
      await database.query(sql`SELECT title, priority, due_date, due_time FROM tasks WHERE id = ${task}::uuid`),
    ).toEqual([{ title: 'Renew my passport', priority: 'High', due_date: '2027-04-01', due_time: '08:15:00' }]);
    expect(await press(url, `${path}/resolve`, now)).toMatchObject({
      status: 409,
      body: expect.stringContaining('resolved already'),
    });
  });

  test('keeps one whole version of a conflict, or the current one', async () => {
    const task = await insertTask('page-3');
    const [kept, settled] = [
      await sampleConflict(database, task, 'page-3'),
      await sampleConflict(database, task, 'page-3'),
    ];
    const url = await start();
    const seen = /name="seen" value="([^"]+)"/.exec((await ask(`${url}/conflicts/${kept}`)).body)?.[1] ?? '';
    expect((await press(url, `/conflicts/${kept}/resolve`, { keep: 'sql', seen })).status).toBe(303);
    expect(await titleOf(task)).toBe('Renew my passport');
    await rename(task, 'Stay home');
    expect((await press(url, `/conflicts/${settled}/settle`)).status).toBe(303);
    expect(await titleOf(task)).toBe('Stay home');
    expect(await isResolved(settled)).toBe(true);
  });

  test('keeps a side of the chosen conflicts, and says which ones it left and why', async () => {
    const [first, edited, other] = [await insertTask('page-4'), await insertTask('page-5'), await insertTask('page-6')];
    const conflicts = {
      first: await sampleConflict(database, first, 'page-4'),
      edited: await sampleConflict(database, edited, 'page-5'),
      gone: await sampleConflict(database, randomUUID(), 'page-7'),
      other: await sampleConflict(database, other, 'page-6'),
    };
    await rename(edited, 'Edited later');
    const url = await start();
    const chosen = [conflicts.first, conflicts.edited, conflicts.gone];
    const form = new URLSearchParams({ form: formTokenOf((await ask(`${url}/`)).body), keep: 'sql' });
    for (const id of chosen) form.append('conflict', id);
    const answer = await ask(`${url}/conflicts/keep`, {
      method: 'POST',
      headers: { origin: url },
      body: form.toString(),
    });
    expect(answer.status).toBe(303);
    const { body } = await ask(url + answer.headers.location);
    expect(body).toContain('1 conflict resolved. 2 conflicts not resolved: ');
    expect(body).toContain(
      `<a href="/conflicts/${conflicts.edited}">Renew both passports</a>: the record was edited after`,
    );
    expect(body).toContain(`<a href="/conflicts/${conflicts.gone}">Renew both passports</a>: its row does not exist`);
    expect(await Promise.all([first, edited, other].map(titleOf))).toEqual([
      ...['Renew my passport', 'Edited later', 'Renew both passports'],
    ]);
    expect(await Promise.all(Object.values(conflicts).map(isResolved))).toEqual([true, false, false, false]);

    const notion = await press(url, '/conflicts/keep', { keep: 'notion', conflict: conflicts.other });
    expect(notion.headers.location).toBe('/conflicts?kept=1&left=0');
    expect(await titleOf(other)).toBe('Renew both passports');
    const google = await press(url, '/conflicts/keep', { keep: 'google', conflict: conflicts.edited });
    expect(google.headers.location).toBe(`/conflicts?kept=0&left=1&why=other_side.${conflicts.edited}`);
    expect((await press(url, '/conflicts/keep', { keep: 'sql' })).body).toContain('Choose at least one conflict');
    const forged = await ask(`${url}/conflicts?kept=1&left=1&why=call-PAYNOW.x&why=row_gone.ffff`);
    expect(forged.status).toBe(200);
    expect(forged.body).not.toContain('PAYNOW');
  });

  test('counts what it resolved when another conflict is unknown, invalid or too large', async () => {
    const [good, cut, large] = [await insertTask('page-41'), await insertTask('page-42'), await insertTask('page-43')];
    const conflicts = {
      good: await sampleConflict(database, good, 'page-41'),
      cut: await sampleConflict(database, cut, 'page-42'),
      large: await sampleConflict(database, large, 'page-43'),
    };
    await database.execute(
      sql`UPDATE sync_conflicts SET sql_version = sql_version || '{"due_date":"some day"}' WHERE id = ${conflicts.cut}::uuid`,
    );
    await database.execute(
      sql`UPDATE sync_conflicts SET sql_version = sql_version || jsonb_build_object('notes', repeat('x', 3000000)) WHERE id = ${conflicts.large}::uuid`,
    );
    const url = await start();
    const unknown = randomUUID();
    const form = new URLSearchParams({ form: formTokenOf((await ask(`${url}/`)).body), keep: 'sql' });
    for (const id of [conflicts.good, unknown, conflicts.cut, conflicts.large]) form.append('conflict', id);
    const answer = await ask(`${url}/conflicts/keep`, {
      method: 'POST',
      headers: { origin: url },
      body: form.toString(),
    });
    const why = [`other.${unknown}`, `other.${conflicts.cut}`, `versions_too_large.${conflicts.large}`];
    expect(answer.headers.location).toBe(`/conflicts?kept=1&left=3&why=${why.join('&why=')}`);
    const { body } = await ask(url + answer.headers.location);
    expect(textOf(body)).toContain('1 conflict resolved. 3 conflicts not resolved: ');
    expect(textOf(body)).toContain('PostgreSQL refused the values');
    expect(await Promise.all(Object.values(conflicts).map(isResolved))).toEqual([true, false, false]);
    const path = `/conflicts/${conflicts.large}`;
    expect((await ask(url + path)).body).toContain('too large for this page');
    expect(await press(url, `${path}/resolve`, { keep: 'sql' })).toMatchObject({
      ...{ status: 409, body: expect.stringContaining('too large for this page') },
    });
  });

  test('keeps no whole version while another value is entered', async () => {
    const task = await insertTask('page-44');
    const conflict = await sampleConflict(database, task, 'page-44');
    const url = await start();
    const seen = /name="seen" value="([^"]+)"/.exec((await ask(`${url}/conflicts/${conflict}`)).body)?.[1] ?? '';
    const form = { keep: 'sql', seen, 'typed.title': 'Renew all passports', 'typed.due_date': '' };
    expect(await press(url, `/conflicts/${conflict}/resolve`, form)).toMatchObject({
      ...{ status: 409, body: expect.stringContaining('Another value was entered for title: nothing was changed.') },
    });
    expect(await isResolved(conflict)).toBe(false);
    expect((await press(url, `/conflicts/${conflict}/resolve`, { ...form, 'typed.title': '' })).status).toBe(303);
  });

  test('refuses forms from other sites and of an earlier process', async () => {
    const url = await start();
    const form = new URLSearchParams({ form: formTokenOf((await ask(`${url}/`)).body) }).toString();
    const elsewhere = formTokenOf((await ask(`${await start()}/`)).body);
    for (const [headers, body] of [
      [{}, form],
      [{ origin: 'null' }, form],
      [{ origin: 'https://evil.example' }, form],
      [{ origin: `${url}0` }, form],
      [{ origin: url }, ''],
      [{ origin: url }, `form=${elsewhere}`],
    ] as const) {
      const { status } = await ask(`${url}/sync`, { method: 'POST', headers: { ...headers }, body });
      expect({ headers, status }).toEqual({ headers, status: 403 });
    }
    expect(asked).toEqual([]);
    expect((await ask(`${url}/sync`, { method: 'POST', headers: { origin: url }, body: form })).status).toBe(303);
  });

  test('refuses a too large form', async () => {
    const url = await start();
    const body = 'x'.repeat(200_000);
    expect((await ask(`${url}/sync`, { method: 'POST', headers: { origin: url }, body })).status).toBe(413);
    expect(await statusOfEndlessBody(`${url}/sync`)).toBe(413);
  });

  test('is served only under names of this machine (DNS rebinding)', async () => {
    const url = await start();
    const { port } = new URL(url);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'localhost']) {
      expect({ host, status: (await ask(`${url}/`, { headers: { host } })).status }).toEqual({ host, status: 200 });
    }
    for (const host of [`evil.example:${port}`, '127.0.0.1.evil.example', 'localhost.evil.example', '@127.0.0.1:x']) {
      const { status, body } = await ask(`${url}/`, { headers: { host } });
      expect({ host, status }).toEqual({ host, status: 421 });
      expect(body).not.toContain('tasks');
    }
  });

  test('says in one line that PostgreSQL is unavailable', async () => {
    const away = openDatabase('postgresql://nobody:secret-of-nobody@127.0.0.1:1/none', 1);
    const url = await start({ database: away });
    for (const path of [
      '/',
      '/entities/tasks',
      '/conflicts',
      '/records?q=x',
      '/records/tasks/c1aa28d4-d2e5-44c4-ae87-4fb8972d68bb',
      '/cycles',
      '/cycles/c',
    ]) {
      const { status, body } = await ask(url + path);
      expect({ path, status }).toEqual({ path, status: 503 });
      expect(body).toMatch(/<p>PostgreSQL did not answer: [^\n<]+<\/p>/);
      expect(body).not.toContain('secret-of-nobody');
    }
    await away.close();
    expect(said).toEqual([]);
  });

  test('shows data from PostgreSQL while Temporal is unavailable, and says why no cycle starts', async () => {
    const url = await start();
    trouble = new TemporalUnreachableError('127.0.0.1:1');
    const { status, body } = await ask(`${url}/`);
    expect(status).toBe(200);
    expect(body).toContain('<dd>Temporal does not answer at 127.0.0.1:1');
    expect(await press(url, '/sync')).toMatchObject({ status: 503, body: expect.stringContaining('does not answer') });
    trouble = new FinalError('strange', 'no');
    expect((await press(url, '/sync')).status).toBe(409);
  });

  test('logs an internal error, and does not show it', async () => {
    const url = await start();
    const form = formTokenOf((await ask(`${url}/`)).body);
    trouble = new Error('with details of the internal error');
    const answer = await ask(`${url}/sync`, { method: 'POST', headers: { origin: url }, body: `form=${form}` });
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('details');
    expect(said.join()).toContain('unexpected: Error: with details');
  });
});

describe('with a token', () => {
  const cookieOf = ({ headers }: Answer): string => {
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax/);
    expect(cookie).not.toContain(TOKEN);
    return cookie.split(';', 1)[0] ?? '';
  };

  test('nothing is shown or done without it', async () => {
    const url = await start({ token: TOKEN });
    for (const path of ['/', '/cycles', '/records?q=x', '/nowhere', '/sign-out']) {
      const { status, body } = await ask(url + path, { headers: { cookie: 'lockstep_dashboard=; other=1' } });
      expect({ path, status }).toEqual({ path, status: 401 });
      expect(body).not.toMatch(/tasks|name="form"/);
    }
    const answer = await ask(`${url}/sync`, { method: 'POST', headers: { origin: url }, body: 'form=x' });
    expect(answer.status).toBe(401);
    expect((await ask(`${url}/style.css`)).status).toBe(200);
    expect(asked).toEqual([]);
  });

  test('a link with the token signs in, and the token leaves the address', async () => {
    const url = await start({ token: TOKEN });
    const entered = await ask(`${url}//cycles?before=5&token=${TOKEN}`);
    expect(entered).toMatchObject({ status: 303, headers: { location: '/cycles?before=5' } });
    const headers = { cookie: cookieOf(entered), host: 'lockstep.example' };
    expect((await ask(`${url}/cycles`, { headers })).status).toBe(200);
    for (const wrong of [TOKEN.slice(1), `${TOKEN}x`, '']) {
      const refused = await ask(`${url}/?token=${wrong}`);
      expect(refused.status).toBe(401);
      expect(refused.headers['set-cookie']).toBeUndefined();
      expect(refused.body).toContain('Wrong token.');
    }
  });

  test('the form signs in, and out again', async () => {
    const url = await start({ token: TOKEN });
    const enter = (token: string, origin: string) =>
      ask(`${url}/sign-in`, { method: 'POST', headers: { origin }, body: new URLSearchParams({ token }).toString() });
    expect((await enter('wrong', url)).status).toBe(401);
    expect((await enter(TOKEN, 'https://evil.example')).status).toBe(403);
    const entered = await enter(TOKEN, url);
    expect(entered).toMatchObject({ status: 303, headers: { location: '/' } });
    const cookie = cookieOf(entered);
    expect((await press(url, '/sync', {}, { cookie })).status).toBe(303);
    const left = await press(url, '/sign-out', {}, { cookie });
    expect(left.headers['set-cookie']).toEqual([expect.stringMatching(/^lockstep_dashboard=; Max-Age=0;/)]);
    expect(await ask(`${url}/sign-in`)).toMatchObject({ status: 303, headers: { location: '/' } });
  });

  test('the cookie is Secure behind an HTTPS proxy', async () => {
    const url = await start({ token: TOKEN });
    const headers = { 'x-forwarded-proto': 'https' };
    const [cookie] = (await ask(`${url}/?token=${TOKEN}`, { headers })).headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/; Secure$/);
  });

  test('another host requires a token', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow(/^LOCKSTEP_DASHBOARD_TOKEN is not set: on 0\.0\.0\.0/);
    await expect(start({ host: '0.0.0.0', token: TOKEN })).resolves.toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
  });
});

test('requests in progress are answered before it stops', async () => {
  const gate = new EventEmitter();
  const url = await start({
    temporal: {
      runNow: async () => STARTED,
      pause: async () => undefined,
      resume: async () => undefined,
      look: async () => {
        gate.emit('asked');
        await once(gate, 'released');
        return { schedule: 'every ten minutes', isPaused: false, open: [], progress: new Map() };
      },
    },
  });
  const isAsked = once(gate, 'asked');
  const answer = ask(`${url}/`);
  await isAsked;
  const closed = open[0]?.stop();
  gate.emit('released');
  expect((await answer).status).toBe(200);
  await closed;
  open = [];
});

/** Sends a body of unknown length until the reply comes. */
function statusOfEndlessBody(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sending = request(url, { method: 'POST' }, (response) => {
      resolve(response.statusCode);
      sending.destroy();
    });
    sending.on('error', () => resolve(undefined));
    const more = (): void => {
      if (!sending.destroyed) sending.write('x'.repeat(10_000), () => setImmediate(more));
    };
    more();
  });
}
