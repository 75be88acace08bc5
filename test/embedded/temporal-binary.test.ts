import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporalBinary } from '../../src/embedded/temporal-binary.ts';

let home: string;
let said: string[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lockstep-home-'));
  said = [];
  vi.stubEnv('HOME', home);
  vi.stubEnv('XDG_CACHE_HOME', join(home, 'cache'));
  vi.stubEnv('PATH', join(home, 'path'));
  vi.stubEnv('GOPATH', join(home, 'go'));
  vi.stubEnv('GOBIN', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

function place(path: string, mode = 0o755): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, mode);
  return file;
}

const find = (cliPath?: string): Promise<string> => temporalBinary(cliPath, (line) => said.push(line));

describe('the `temporal` command', () => {
  it('is searched for in this order, and nothing is downloaded when it is found', async () => {
    const built = place('go/bin/temporal');
    expect(await find()).toBe(built);
    const cached = place('cache/lockstep/temporal');
    expect(await find()).toBe(cached);
    place('path/temporal', 0o644);
    expect(await find()).toBe(cached);
    const installed = place('path/temporal');
    expect(await find()).toBe(installed);
    const given = place('somewhere/my-temporal');
    expect(await find(given)).toBe(given);
    expect(said).toEqual([]);
  });

  it('must exist at TEMPORAL_CLI_PATH', async () => {
    place('path/temporal');
    await expect(find(join(home, 'missing'))).rejects.toMatchObject({
      code: 'configuration',
      message: `TEMPORAL_CLI_PATH is not an executable file: ${join(home, 'missing')}`,
    });
    await expect(find(home)).rejects.toMatchObject({ code: 'configuration' });
  });
});
