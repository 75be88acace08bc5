import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

/** Railway stops a deployment for a number that is written as text: https://github.com/railwayapp/docs/issues/1243 */
const service = z.strictObject({
  $schema: z.literal('https://railway.com/railway.schema.json'),
  build: z.strictObject({ builder: z.literal('DOCKERFILE') }),
  deploy: z.strictObject({
    preDeployCommand: z.tuple([z.string()]).optional(),
    startCommand: z.string(),
    healthcheckPath: z.string().startsWith('/').optional(),
    healthcheckTimeout: z.int().optional(),
    restartPolicyType: z.literal('ALWAYS'),
    drainingSeconds: z.int(),
  }),
});
const read = (path: string) => service.parse(JSON.parse(readFileSync(path, 'utf8'))).deploy;

describe.each(['railway.json', 'deploy/railway/dashboard.json'])('%s', (path) => {
  const { startCommand, preDeployCommand = [] } = read(path);

  test.each([startCommand, ...preDeployCommand])(
    'has a command that works without a shell, as Railway starts it in an image: %s',
    (command) => {
      // xargs splits words and takes off quotes, and does nothing else of what a shell does.
      const words = execFileSync('xargs', ['printf', '%s\\n'], { input: command, encoding: 'utf8' }).trim().split('\n');
      if (words[0] === '/bin/sh')
        expect(words).toEqual(['/bin/sh', '-c', expect.stringMatching(/^node bin\/lockstep\.js /)]);
      else expect(words.slice(0, 2)).toEqual(['node', 'bin/lockstep.js']);
      const operators = words[0] === '/bin/sh' ? [] : words.filter((word) => /[$;&|<>]/.test(word));
      expect(operators).toEqual([]);
    },
  );
});

test('a worker gets more time than the 28 seconds in which it hands over its activities', () => {
  expect(read('railway.json').drainingSeconds).toBeGreaterThan(28);
});
