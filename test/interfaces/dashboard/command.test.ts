import { afterAll, describe, expect, test } from 'vitest';
import { emptyFolder, runCli } from '../../support/cli.ts';

const folder = emptyFolder();
afterAll(() => folder.remove());

const env = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none', TEMPORAL_ADDRESS: '127.0.0.1:1' };
const TOO_SHORT = 'short-secret';

describe('lockstep dashboard does not start', () => {
  test.each([
    { what: 'without a database', args: [], env: {}, says: /DATABASE_URL is not set/ },
    {
      what: 'for other machines without a token',
      args: ['--host', '0.0.0.0'],
      env,
      says: /LOCKSTEP_DASHBOARD_TOKEN is not set/,
    },
    {
      what: 'with a short token',
      args: [],
      env: { ...env, LOCKSTEP_DASHBOARD_TOKEN: TOO_SHORT },
      says: /fewer than 16/,
    },
    {
      what: 'on an address of another machine',
      args: ['--host', '203.0.113.1'],
      env: { ...env, LOCKSTEP_DASHBOARD_TOKEN: 'x'.repeat(16) },
      says: /cannot listen on 203\.0\.113\.1:8100/,
    },
    {
      what: 'with an invalid address of the Web UI',
      args: [],
      env: { ...env, LOCKSTEP_TEMPORAL_UI_URL: 'temporal' },
      says: /LOCKSTEP_TEMPORAL_UI_URL/,
    },
  ])('$what', async ({ args, env: given, says }) => {
    const { code, stdout, stderr } = await runCli(['dashboard', ...args], folder.path, given);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(/^lockstep: [^\n]+\n$/);
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain(TOO_SHORT);
  });
});
