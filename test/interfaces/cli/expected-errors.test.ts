import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyFolder, runCli } from '../../support/cli.ts';

let folder: ReturnType<typeof emptyFolder>;

beforeEach(() => {
  folder = emptyFolder();
});
afterEach(() => folder.remove());

const TOKEN = 'ntn_never_to_be_seen';
/** Nothing listens on port 1. */
const noTemporal = { TEMPORAL_ADDRESS: '127.0.0.1:1', NOTION_TOKEN: TOKEN };
const noDatabase = { DATABASE_URL: `postgresql://lockstep:${TOKEN}@127.0.0.1:1/lockstep` };

interface Expected {
  readonly what: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly code: number;
  readonly says: RegExp;
}

const expected: Expected[] = [
  {
    what: 'a wrong choice',
    args: ['sync'],
    env: { LOCKSTEP_CONFLICTS: 'maybe' },
    code: 78,
    says: /LOCKSTEP_CONFLICTS must be row or field/,
  },
  {
    what: 'a number that is none',
    args: ['worker'],
    env: { NOTION_REQUESTS_PER_MINUTE: 'many' },
    code: 78,
    says: /NOTION_REQUESTS_PER_MINUTE/,
  },
  {
    what: 'an id of no database',
    args: ['up'],
    env: { NOTION_SYSTEM_FIXES_DATABASE_ID: 'fixes' },
    code: 78,
    says: /NOTION_SYSTEM_FIXES_DATABASE_ID/,
  },
  { what: 'no database to migrate', args: ['migrate'], env: {}, code: 78, says: /DATABASE_URL is not set/ },
  { what: 'no database for a worker', args: ['worker'], env: noTemporal, code: 78, says: /DATABASE_URL is not set/ },
  { what: 'no database for status', args: ['status'], env: {}, code: 78, says: /DATABASE_URL is not set/ },
  {
    what: 'a Temporal configuration that is none',
    args: ['schedule', 'show'],
    env: { TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/cert.pem' },
    code: 78,
    says: /TEMPORAL_\*/,
  },
  { what: 'sync without Temporal', args: ['sync'], env: noTemporal, code: 75, says: /Temporal.*127\.0\.0\.1:1\b/ },
  {
    what: 'schedule without Temporal',
    args: ['schedule', 'ensure'],
    env: noTemporal,
    code: 75,
    says: /Temporal.*127\.0\.0\.1:1\b/,
  },
  {
    what: 'worker without Temporal',
    args: ['worker'],
    env: { ...noTemporal, ...noDatabase },
    code: 75,
    says: /Temporal.*127\.0\.0\.1:1\b/,
  },
  {
    what: 'a typo in a sync',
    args: ['sync', 'task-notion-to-sql'],
    env: noTemporal,
    code: 1,
    says: /no sync named "task-notion-to-sql": did you mean tasks-notion-to-sql\?/,
  },
  {
    what: 'a typo in an entity',
    args: ['sync', '--entity', 'Projcts'],
    env: noTemporal,
    code: 1,
    says: /no entity named "Projcts": did you mean projects\?/,
  },
  {
    what: 'a typo in a chore',
    args: ['chores', 'run', 'retenton'],
    env: noTemporal,
    code: 1,
    says: /no chore named "retenton": did you mean retention\?/,
  },
  { what: 'an unknown log', args: ['logs', 'notion'], env: {}, code: 1, says: /no log named "notion": use worker/ },
  { what: 'no log', args: ['logs'], env: {}, code: 1, says: /there is no \S*worker\.log: lockstep up writes it/ },
  { what: 'migrate without PostgreSQL', args: ['migrate'], env: noDatabase, code: 69, says: /PostgreSQL/ },
  { what: 'status without PostgreSQL', args: ['status'], env: noDatabase, code: 69, says: /PostgreSQL/ },
  { what: 'history without PostgreSQL', args: ['history'], env: noDatabase, code: 69, says: /PostgreSQL/ },
  {
    what: 'a folder that does not exist',
    args: ['status'],
    env: { LOCKSTEP_WORKSPACE: '/nowhere/lockstep' },
    code: 78,
    says: /LOCKSTEP_WORKSPACE: \/nowhere\/lockstep cannot be entered \(ENOENT\): create the folder/,
  },
  {
    what: 'up with a wrong path to Temporal',
    args: ['up'],
    env: { ...noDatabase, TEMPORAL_CLI_PATH: '/nowhere/temporal' },
    code: 78,
    says: /TEMPORAL_CLI_PATH.*\/nowhere\/temporal/,
  },
];

describe('an expected error is one line and an exit code', () => {
  it.each(expected)('$what: exit $code', async ({ args, env, code, says }) => {
    const result = await runCli(args, folder.path, env);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(/^lockstep: [^\n]+\n$/);
    expect(result.stderr).toMatch(says);
    expect(result.stderr).not.toContain(TOKEN);
  });

  it('reads .env, and the environment takes precedence', async () => {
    writeFileSync(join(folder.path, '.env'), 'LOCKSTEP_CONFLICTS=maybe\n');
    expect(await runCli(['sync'], folder.path, noTemporal)).toMatchObject({ code: 78 });
    expect(await runCli(['sync'], folder.path, { ...noTemporal, LOCKSTEP_CONFLICTS: 'row' })).toMatchObject({
      code: 75,
    });
  });

  it('reads .env and the definition of LOCKSTEP_WORKSPACE', async () => {
    const elsewhere = emptyFolder();
    writeFileSync(join(folder.path, '.env'), 'LOCKSTEP_CONFLICTS=maybe\n');
    const env = { LOCKSTEP_WORKSPACE: folder.path };
    expect((await runCli(['sync'], elsewhere.path, env)).stderr).toContain('LOCKSTEP_CONFLICTS');
    writeFileSync(join(folder.path, 'lockstep.config.json'), '{ "entities": ["tagz"] }');
    expect((await runCli(['sync'], elsewhere.path, env)).stderr).toContain('no built-in entity "tagz"');
    elsewhere.remove();
  });

  it('prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await runCli(['--version'], folder.path)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints help', async () => {
    const { code, stdout } = await runCli(['--help'], folder.path);
    expect(code).toBe(0);
    for (const command of ['up', 'migrate', 'worker', 'schedule', 'sync', 'status', 'history']) {
      expect(stdout).toContain(`  ${command} `);
    }
  });
});
