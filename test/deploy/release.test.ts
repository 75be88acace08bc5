import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { version } from '../../src/interfaces/cli/version.ts';

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

describe('the version', () => {
  test.each(['package.json', 'packages/notion-emulator/package.json', 'packages/google-emulator/package.json'])(
    'is the same in %s',
    (path) => expect(json(path)).toMatchObject({ version: version() }),
  );

  test('is the default of the image', () => {
    expect(readFileSync('Dockerfile', 'utf8')).toContain(`ARG VERSION=${version()}\n`);
  });

  test('has its entry in the changelog, before all others', () => {
    const [, latest] = /^## (\S+) - \d{4}-\d{2}-\d{2}$/m.exec(readFileSync('CHANGELOG.md', 'utf8')) ?? [];
    expect(latest).toBe(version());
  });
});

describe('the package', () => {
  const packed = z.array(
    z.object({ size: z.number(), files: z.array(z.object({ path: z.string(), size: z.number() })) }),
  );
  // With --ignore-scripts, `npm pack` lists the build as it is.
  const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const [found] = packed.parse(JSON.parse(answer));
  const paths = found?.files.map(({ path }) => path) ?? [];

  test('has the program, its migrations and its emulators', () => {
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
        'bin/lockstep.js',
        'dist/fingerprint',
        'dist/interfaces/cli/main.js',
        'dist/temporal/failure-converter.cjs',
        'prisma/schema.prisma',
        'node_modules/notion-emulator/dist/index.js',
        'node_modules/notion-emulator/dist/page.html',
        'node_modules/google-emulator/dist/index.js',
      ]),
    );
  });

  test('has no sources, tests, settings or secrets, and is less than 8 MB', () => {
    const own = paths.filter((path) => !path.startsWith('node_modules/'));
    const allowed = /^(?:(?:bin|dist|docs|prisma|scripts)\/|[A-Z]+\.md$|LICENSE$|package\.json$)/;
    expect(own.filter((path) => !allowed.test(path))).toEqual([]);
    expect(paths.filter((path) => /(?:^|\/)\.env|\.lockstep|emulator\/(?:src|test|conformance)\//.test(path))).toEqual(
      [],
    );
    expect(found?.size).toBeLessThan(8_000_000);
  });
});

describe('the licenses', () => {
  const LICENSES = [
    'MIT',
    'MIT-0',
    '0BSD',
    'ISC',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'Apache-2.0',
    'BlueOak-1.0.0',
    'Unlicense',
  ];
  /** What a package says in another way than by an SPDX expression of these, by its name. */
  const READ_BY_HAND: Readonly<Record<string, string>> = {
    // Browser statistics, which only builds read: https://creativecommons.org/licenses/by/4.0/
    'caniuse-lite': 'CC-BY-4.0',
    // Its LICENSE file is the Unlicense.
    unionfs: 'undefined',
    // Its LICENSE file has three clauses.
    'url-template': 'BSD',
  };
  const lock = z.object({
    packages: z.record(
      z.string(),
      z.object({ license: z.string().optional(), dev: z.boolean().optional(), link: z.boolean().optional() }),
    ),
  });

  test('of everything that is installed with Lockstep allow its use and distribution', () => {
    const installed = Object.entries(lock.parse(json('package-lock.json')).packages)
      .filter(([path, { dev = false, link = false }]) => path.startsWith('node_modules/') && !dev && !link)
      .map(([path, { license }]) => ({ name: path.replace(/^.*node_modules\//, ''), license: String(license) }));
    expect(installed.length).toBeGreaterThan(300);
    const isAllowed = ({ name, license }: { name: string; license: string }): boolean =>
      READ_BY_HAND[name] === license ||
      license
        .replace(/[()]/g, '')
        .split(/ AND | OR /)
        .every((one) => LICENSES.includes(one));
    expect(installed.filter((one) => !isAllowed(one))).toEqual([]);
  });
});
