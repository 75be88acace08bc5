import { randomBytes } from 'node:crypto';
import type { GoogleEmulator } from 'google-emulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emulate, ME, WORK, when } from '../../../packages/google-emulator/test/support.ts';
import { readConfig } from '../../../src/config.ts';
import { type KeepChannelsOptions, keepChannels } from '../../../src/features/hints/keep-channels.ts';
import { openServices, type WorkerServices } from '../../../src/runtime/services.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

const DAY = 86_400_000;
const SOON = { timeout: 60_000, interval: 10 };
const OPENED = [
  'Google now reports changes in the personal calendar',
  'Google now reports changes in the work calendar',
];
const encryptionKey = randomBytes(32).toString('base64');

describe('keeping channels', () => {
  let home: TestDatabase;
  let emulator: GoogleEmulator;
  let now: number;
  const cleanUp: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    home = await freshDatabase();
    now = Date.parse('2026-03-01T12:00:00Z');
    emulator = await emulate({ now: () => now });
  });
  afterEach(async () => {
    for (const work of cleanUp.splice(0).reverse()) await work();
    await home.drop();
  });

  /** What a process of its own would hold. */
  function services(different: NodeJS.ProcessEnv = {}): WorkerServices {
    const config = readConfig({
      DATABASE_URL: home.url,
      GOOGLE_ROOT_URL: emulator.url,
      GOOGLE_TOKEN_URL: emulator.tokenUrl,
      GOOGLE_CLIENT_ID: emulator.clientId,
      GOOGLE_CLIENT_SECRET: emulator.clientSecret,
      GOOGLE_REFRESH_TOKEN: emulator.handle.grant(ME, ['https://www.googleapis.com/auth/calendar.events']),
      GOOGLE_WORK_CALENDAR_ID: WORK,
      LOCKSTEP_ENCRYPTION_KEY: encryptionKey,
      ...different,
    });
    const opened = openServices(config, () => undefined);
    cleanUp.push(() => opened.close());
    return opened;
  }

  function keep(different: Partial<KeepChannelsOptions> = {}, env?: NodeJS.ProcessEnv) {
    const said: string[] = [];
    const kept = keepChannels(services(env), {
      publicUrl: 'https://lockstep.example',
      say: (line) => said.push(line),
      now: () => new Date(now),
      ...different,
    });
    cleanUp.push(() => kept.close());
    return { said, close: kept.close };
  }
  const atGoogle = () => emulator.channels.list().map(({ id }) => id);

  test('opens one for each calendar, and leaves them open', async () => {
    const first = keep();
    await expect.poll(() => first.said, SOON).toEqual(OPENED);
    expect(emulator.channels.list()).toMatchObject([
      { calendarId: ME, address: 'https://lockstep.example/google' },
      { calendarId: WORK, address: 'https://lockstep.example/google' },
    ]);
    const before = atGoogle();
    await first.close();
    const next = keep({ checkEveryMs: 10 });
    now += 6 * DAY + 1;
    await expect.poll(() => next.said, SOON).toEqual(OPENED);
    await expect.poll(atGoogle, SOON).toHaveLength(2);
    for (const id of before) expect(atGoogle()).not.toContain(id);
  });

  test('of several processes, only one opens them', async () => {
    const all = Array.from({ length: 4 }, () => keep({ checkEveryMs: 10 }));
    const said = () => all.flatMap((each) => each.said);
    await expect.poll(said, SOON).toHaveLength(2);
    expect(said().sort()).toEqual(OPENED);
    now += 6 * DAY + 1;
    await expect.poll(atGoogle, SOON).toHaveLength(2);
    await expect.poll(said, SOON).toHaveLength(4);
    await Promise.all(all.map(({ close }) => close()));
    expect(said()).toHaveLength(4);
    expect(atGoogle()).toHaveLength(2);
  });

  test('reports a lasting problem once, and again when it returns', async () => {
    const watching = { path: `/calendars/primary/events/watch$` };
    const refused = { kind: 'status', status: 400, reason: 'pushNotSupportedForRequestedResource' } as const;
    emulator.faults.add(when(watching, refused, { times: 5 }));
    const { said } = keep({ checkEveryMs: 1 });
    const line = expect.stringMatching(/^Google does not report changes in the personal calendar: Google refused/);
    await expect.poll(() => said, SOON).toEqual([OPENED[1], line, OPENED[0]]);
    emulator.faults.add(when(watching, refused));
    now += 6 * DAY + 1;
    await expect.poll(() => said.filter((said) => said.startsWith('Google does not')), SOON).toHaveLength(2);
  });

  test.each([
    ['no client', { GOOGLE_CLIENT_ID: '' }, /no Google account: .*lockstep auth google/],
    ['no sign-in', { GOOGLE_REFRESH_TOKEN: '' }, /no Google account is signed in/],
    ['no key', { LOCKSTEP_ENCRYPTION_KEY: '' }, /LOCKSTEP_ENCRYPTION_KEY/],
    ['no PostgreSQL', { DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/none' }, /PostgreSQL did not answer/],
  ])('with %s it reports that once, and stops when asked', async (_, env, line) => {
    const { said, close } = keep({ checkEveryMs: 1 }, env);
    await expect.poll(() => said, SOON).toEqual([expect.stringMatching(line)]);
    await close();
    expect(atGoogle()).toEqual([]);
    expect(said).toHaveLength(1);
  });

  test('opens them after the sign-in', async () => {
    const { said } = keep({ checkEveryMs: 1 }, { GOOGLE_REFRESH_TOKEN: '' });
    await expect.poll(() => said, SOON).toHaveLength(1);
    const { config, grants } = services();
    await grants.importIfMissing('personal', config.google.refreshToken ?? '');
    await expect.poll(() => said, SOON).toEqual([expect.stringContaining('signed in'), ...OPENED]);
  });
});
