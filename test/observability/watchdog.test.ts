import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startWatchdog } from '../../src/observability/watchdog.ts';

describe('the watchdog', () => {
  const cleanUp: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  });

  const runProcess = (work: string) => {
    const url = JSON.stringify(resolve('src/observability/watchdog.ts'));
    const code = `import(${url}).then(({ startWatchdog }) => { startWatchdog({}, 600); ${work} })`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--eval', code], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    cleanUp.push(() => {
      child.kill('SIGKILL');
    });
    return child;
  };

  test('ends a process whose event loop is blocked, and says why', async () => {
    const child = runProcess('for (;;);');
    let errors = '';
    child.stderr?.on('data', (data: Buffer) => {
      errors += data;
    });
    const [, signal] = await once(child, 'close');
    expect(signal).toBe('SIGKILL');
    expect(errors).toMatch(/nothing has moved for 0.6 s/);
  });

  test('leaves a process alone that works, and one that was suspended', async () => {
    const child = runProcess(
      "setTimeout(() => process.kill(process.pid, 'SIGSTOP'), 900); setTimeout(() => process.exit(7), 4_000);",
    );
    const resumed = setInterval(() => child.kill('SIGCONT'), 2_000);
    cleanUp.push(() => clearInterval(resumed));
    expect((await once(child, 'exit'))[0]).toBe(7);
  });

  test('tells systemd that the process is ready, and that it is alive', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-watchdog-'));
    cleanUp.push(() => rmSync(folder, { recursive: true }));
    const said = join(folder, 'said');
    writeFileSync(said, '');
    writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$@" >> '${said}'\n`);
    chmodSync(join(folder, 'systemd-notify'), 0o755);
    const { PATH } = process.env;
    process.env.PATH = `${folder}${delimiter}${PATH}`;
    cleanUp.push(() => {
      process.env.PATH = PATH;
    });
    const watchdog = startWatchdog({ NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '200000' });
    cleanUp.push(() => watchdog.stop());
    await expect.poll(() => readFileSync(said, 'utf8')).toMatch(/^--ready\nWATCHDOG=1\nWATCHDOG=1\n/);
  });
});
