import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { type DatabasePool, openDatabase, sql } from '../../../src/database/client.ts';
import { recordRun } from '../../../src/database/run-history.ts';
import { alerts } from '../../../src/features/alerts/alerts.ts';
import type { ChoreContext } from '../../../src/features/chores/chore.ts';
import type { WorkerServices } from '../../../src/runtime/services.ts';
import { readBody } from '../../../src/shared/http-service.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const SECRET_PATH = '/hooks/secret-path';

let testDatabase: TestDatabase;
let database: DatabasePool;
let web: Server;
let mail: SMTPServer;
/** What the web server was sent: POST bodies, and the paths of GETs. */
let posted: { text: string; content: string; stale: object[]; recovered: object[] }[] = [];
let beats = 0;
let webStatus = 200;
let requests: string[] = [];
let mails: string[] = [];

beforeAll(async () => {
  testDatabase = await freshDatabase();
  database = openDatabase(testDatabase.url, 2);
  web = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void take(request).finally(() => response.writeHead(webStatus, { location: '/elsewhere' }).end('ok'));
  });
  mail = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _, done) => {
      let text = '';
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      stream.on('end', () => {
        mails.push(text);
        done();
      });
    },
  });
  await new Promise<void>((listening) => web.listen(0, '127.0.0.1', listening));
  await new Promise<void>((listening) => mail.listen(0, '127.0.0.1', listening));
});
afterAll(async () => {
  web.close();
  mail.close(() => undefined);
  await database.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  [posted, beats, webStatus, mails, requests] = [[], 0, 200, [], []];
  await database.execute(sql`TRUNCATE sync_run_history, sync_alerts`);
});

async function take(request: IncomingMessage): Promise<void> {
  if (request.method === 'GET') beats += 1;
  else if (webStatus === 200) posted.push(JSON.parse(String(await readBody(request, 100_000))));
}

const portOf = (server: Pick<Server, 'address'>): number => (server.address() as AddressInfo).port;
const origin = (): string => `http://127.0.0.1:${portOf(web)}`;
const runChore = (more: Record<string, string> = {}): Promise<string> => {
  const env = {
    LOCKSTEP_ALERT_WEBHOOK_URL: `${origin()}${SECRET_PATH}`,
    LOCKSTEP_HEARTBEAT_URL: `${origin()}/beat`,
    ...more,
  };
  const config = readConfig(env);
  // This chore needs only these two services.
  const services = { config, database } as WorkerServices;
  const context: ChoreContext = { ...services, signal: new AbortController().signal, progress: () => undefined };
  return alerts(context);
};
const run = (
  status: 'ok' | 'failed',
  minutesAgo: number,
  syncName = 'tasks-notion-to-sql',
  message = 'tasks has no Status',
) =>
  recordRun(database, {
    ...{ cycleId: `${status}-${minutesAgo}`, syncName, entity: 'tasks', status },
    ...{ direction: syncName.endsWith('sql') ? ('inbound' as const) : ('outbound' as const), startedAt: new Date() },
    ...{ processed: 0, created: 0, updated: 0, archived: 0, conflicts: 0, requests: 1 },
    errors: status === 'failed' ? [{ code: 'property_missing', message, record: null }] : [],
  }).then(() =>
    database.execute(sql`UPDATE sync_run_history SET finished_at = now() - make_interval(mins => ${minutesAgo})
      WHERE cycle_id = ${`${status}-${minutesAgo}`}`),
  );

describe('alerts', () => {
  it('are sent once when a direction is stale for the second run, and when it has recovered', async () => {
    await run('ok', 60);
    await run('failed', 1);
    await runChore();
    expect(posted).toEqual([]);

    await runChore();
    await runChore();
    expect(posted).toHaveLength(1);
    expect(posted[0]?.text).toContain('✗ tasks to SQL: last success 1 h ago: tasks has no Status');
    expect(posted[0]?.content).toBe(posted[0]?.text);
    expect(posted[0]?.stale).toMatchObject([{ entity: 'tasks', direction: 'inbound', why: 'tasks has no Status' }]);
    expect(beats).toBe(0);

    await run('ok', 0);
    await runChore();
    await runChore();
    expect(posted).toHaveLength(2);
    expect(posted[1]?.text).toContain('✓ tasks to SQL: recovered');
    expect(beats).toBe(2);
  });

  it('show no markup of an error: no link, mention or formatting of the chat', async () => {
    const message =
      '<!channel> <https://evil.example|ok> @everyone [here](https://evil.example) *b* _i_ `c` ||s|| &lt;';
    await run('ok', 60);
    await run('failed', 1, undefined, message);
    await runChore();
    await runChore();
    const { text = '', content = '', ...others } = posted[0] ?? {};
    expect(text).not.toMatch(/[<>]|@[a-z]|\]\(/);
    expect(text).toContain('&amp;lt;');
    expect(content).not.toMatch(/(?<!\\)[<>*_`|[\]]|@[a-z]/);
    expect(others).toMatchObject({ allowed_mentions: { parse: [] }, stale: [{ why: message }] });
  });

  it('are sent, shortened, for an error that quotes a value of any length with a zero byte', async () => {
    await run('ok', 60);
    await run('failed', 1, undefined, `a\0b${'x'.repeat(1_000_000)}`);
    await runChore();
    await runChore();
    expect(posted[0]?.text).toContain(': abxxx');
    expect(posted[0]?.text.length).toBeLessThan(6_000);
  });

  it.each([301, 302, 303, 307, 308])('follow no redirect (%i)', async (status) => {
    await run('ok', 60);
    await run('failed', 1);
    await runChore();
    webStatus = status;
    await expect(runChore()).rejects.toThrow(`LOCKSTEP_ALERT_WEBHOOK_URL returned ${status}`);
    expect(new Set(requests)).toEqual(new Set([`POST ${SECRET_PATH}`]));
  });

  it('are sent again after a day', async () => {
    await run('ok', 60);
    await runChore();
    await runChore();
    await database.execute(sql`UPDATE sync_alerts SET told_at = now() - interval '25 hours'`);
    await runChore();
    expect(posted).toHaveLength(2);
    expect(posted[1]?.text).toContain('check that a worker is running');
  });

  it('are sent for an entity that has never succeeded, but not for one that is skipped or has not run', async () => {
    await run('failed', 1);
    await runChore();
    await runChore();
    expect(posted.map(({ stale }) => stale.length)).toEqual([1]);
    expect(posted[0]?.text).toContain('never succeeded');
  });

  it('are sent by e-mail to every address', async () => {
    await run('ok', 60);
    const smtp = {
      LOCKSTEP_SMTP_URL: `smtp://127.0.0.1:${portOf(mail.server)}`,
      LOCKSTEP_ALERT_EMAIL_TO: 'me@example.org, you@example.org',
    };
    await runChore(smtp);
    await runChore(smtp);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain('Subject: Lockstep: stale: tasks to SQL');
    expect(mails[0]).toContain('To: me@example.org, you@example.org');
  });

  it('are retried after a failure, without showing the URL', async () => {
    await run('ok', 60);
    await runChore();
    webStatus = 500;
    const refused = runChore();
    await expect(refused).rejects.toThrow('LOCKSTEP_ALERT_WEBHOOK_URL returned 500');
    await expect(refused).rejects.not.toThrow(SECRET_PATH);
    webStatus = 200;
    await runChore();
    expect(posted).toHaveLength(1);
  });

  it('report that no route is set', async () => {
    const nobody = { LOCKSTEP_ALERT_WEBHOOK_URL: '', LOCKSTEP_HEARTBEAT_URL: '' };
    expect(await runChore(nobody)).toContain('no alerts are sent');
  });
});
