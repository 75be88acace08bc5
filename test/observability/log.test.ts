import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createLogger, hideSecrets } from '../../src/observability/log.ts';

const NOTION_TOKEN = 'ntn_never_to_be_seen';
const DATABASE_URL = 'postgresql://me:a"word@db.example/lockstep';

function logging(env: Record<string, string> = {}) {
  const lines: string[] = [];
  const config = readConfig({ NOTION_TOKEN, DATABASE_URL, ...env });
  return { log: createLogger(config, { write: (line) => lines.push(line) }), lines };
}

describe('a line of the log', () => {
  test('is JSON with the ids that join it to a run', () => {
    const { log, lines } = logging();
    log.info('tasks: no changes', { cycleId: 'c', sync: 's', workflowId: 'w', attempt: 2 });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 30,
        msg: 'tasks: no changes',
        cycleId: 'c',
        sync: 's',
        workflowId: 'w',
        attempt: 2,
      }),
    ]);
  });

  test.each([
    [`refused: ${NOTION_TOKEN}`, {}],
    ['in a field', { reason: `Bearer ${NOTION_TOKEN}` }],
    ['in an error', { error: new Error(`401 for ${NOTION_TOKEN}`) }],
    ['the database', { url: DATABASE_URL }],
    ['by its name', { token: 'another-secret' }],
    ['by its name, nested', { request: { headers: { authorization: 'another-secret' } } }],
    [
      'by its name, in an error',
      { error: Object.assign(new Error('x'), { config: { refresh_token: 'another-secret' } }) },
    ],
    ["a task's token", { taskToken: 'another-secret', task: 'another-secret', taskEncoded: 'another-secret' }],
  ])('contains no secret: %s', (message, meta) => {
    const { log, lines } = logging();
    log.error(message, meta);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/ntn_never|another-secret|db\.example/);
    expect(() => JSON.parse(lines[0] ?? '')).not.toThrow();
  });

  test('of an error has its message and stack', () => {
    const { log, lines } = logging();
    log.warn('Activity failed', { error: new Error('why') });
    expect(JSON.parse(lines[0] ?? '').error).toMatchObject({ message: 'why', stack: expect.stringContaining('why') });
  });

  test('below the log level is not written', () => {
    const { log, lines } = logging({ LOG_LEVEL: 'warn' });
    log.info('not logged');
    expect(lines).toEqual([]);
  });
});

test('the password of a URL is hidden where it stands alone, as it is written and decoded', () => {
  const hide = hideSecrets(['postgresql://me:p%40ssw%2Frd@db.example/lockstep', 'not a URL']);
  expect(hide('password p@ssw/rd, in the URL p%40ssw%2Frd')).not.toMatch(/p@ssw|p%40ssw/);
  const plain = hideSecrets(['https://example.com', 'postgresql://lockstep:lockstep@db.example/lockstep']);
  expect(plain('lockstep: https://example.org')).toBe('lockstep: https://example.org');
});
