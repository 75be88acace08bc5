import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const ADAPTERS = ['notion', 'google', 'database', 'temporal'];
const ENGINE = ['sync', 'entities', 'definition', 'cycle', 'shared'];

/** What each folder of `src` may import, types counted. `errors.ts` is open to all. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'variables.ts': ['shared'],
  'config.ts': ['variables.ts', 'definition', 'shared'],
  'schedules.ts': ['shared', 'temporal'],
  shared: [],
  entities: [],
  definition: ['entities', 'shared'],
  sync: ['entities', 'shared'],
  cycle: ['entities', 'definition', 'shared'],
  observability: ['config.ts', 'cycle', 'shared'],
  notion: ['config.ts', 'entities', 'sync', 'shared', 'observability'],
  database: ['config.ts', 'entities', 'definition', 'sync', 'cycle', 'shared', 'notion'],
  google: ['config.ts', 'entities', 'sync', 'shared', 'observability', 'database'],
  temporal: ['config.ts', 'cycle', 'shared', 'observability'],
  runtime: ['config.ts', ...ENGINE, ...ADAPTERS, 'observability'],
  operations: ['config.ts', 'schedules.ts', ...ENGINE, ...ADAPTERS, 'observability', 'runtime'],
  features: ['config.ts', 'schedules.ts', ...ENGINE, ...ADAPTERS, 'observability', 'runtime', 'operations'],
  activities: ['config.ts', ...ENGINE, ...ADAPTERS, 'observability', 'runtime', 'features'],
  workflows: ['cycle', 'activities', 'shared'],
  'worker.ts': ['config.ts', ...ENGINE, ...ADAPTERS, 'observability', 'runtime', 'features', 'activities'],
  embedded: ['config.ts', 'schedules.ts', ...ENGINE, ...ADAPTERS, 'observability', 'runtime', 'features'],
  'interfaces/bot': ['interfaces/tools', 'config.ts', 'database', 'operations', 'shared'],
  'interfaces/mcp': ['interfaces/tools', 'config.ts', 'database', 'operations', 'shared'],
  'interfaces/tools': ['entities', 'definition', 'sync', 'database', 'operations', 'shared'],
  'interfaces/dashboard': ['config.ts', ...ENGINE, 'database', 'operations', 'temporal'],
  'interfaces/cli': ['*'],
};

/** The engine and its declarations do no I/O of their own; workflows are deterministic. */
const PURE = ['sync', 'entities', 'cycle', 'workflows'];
const IO_PACKAGES = /^(node:|pg$|@notionhq|@prisma|@googleapis|@temporalio\/(activity|client|worker))/;

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
const imports = sources.flatMap((from) =>
  ts
    .preProcessFile(readFileSync(join('src', from), 'utf8'))
    .importedFiles.map(({ fileName }) => ({
      from,
      to: fileName.startsWith('.') ? join(dirname(from), fileName) : fileName,
      isPackage: !fileName.startsWith('.'),
    }))
    .filter(({ to }) => !to.startsWith('..')),
);

/** A folder of `src`; interfaces are told apart. */
const wingOf = (path: string): string =>
  path
    .split('/')
    .slice(0, path.startsWith('interfaces/') ? 2 : 1)
    .join('/');

/** A folder of `src`, and each feature, operation and interface. */
const folderOf = (path: string): string => {
  const parts = path.split('/');
  return parts
    .slice(0, parts.length > 2 && /^(features|operations|interfaces)$/.test(parts[0] ?? '') ? 2 : 1)
    .join('/');
};

test('imports run one way', () => {
  const wrong = imports.filter(({ from, to, isPackage }) => {
    const [wing, target] = [wingOf(from), wingOf(to)];
    const allowed = ALLOWED[wing] ?? [];
    return !isPackage && wing !== target && to !== 'errors.ts' && !allowed.includes('*') && !allowed.includes(target);
  });
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test.each(PURE)('%s does no I/O', (wing) => {
  const wrong = imports.filter(({ from, to, isPackage }) => isPackage && wingOf(from) === wing && IO_PACKAGES.test(to));
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test.each([wingOf, folderOf])('no cycle between folders (%o)', (nameOf) => {
  const targets = new Map<string, Set<string>>();
  for (const { from, to, isPackage } of imports) {
    if (isPackage || nameOf(from) === nameOf(to)) continue;
    targets.set(nameOf(from), (targets.get(nameOf(from)) ?? new Set()).add(nameOf(to)));
  }
  const cycleFrom = (path: readonly string[]): readonly string[] | null => {
    for (const next of targets.get(path.at(-1) ?? '') ?? []) {
      if (path.includes(next)) return [...path.slice(path.indexOf(next)), next];
      const found = cycleFrom([...path, next]);
      if (found) return found;
    }
    return null;
  };
  expect([...targets.keys()].map((start) => cycleFrom([start])).find(Boolean) ?? null).toBeNull();
});

test('packages import nothing of Lockstep', () => {
  for (const name of ['notion-emulator', 'google-emulator']) {
    const folder = join('packages', name, 'src');
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    )) {
      const found = ts.preProcessFile(readFileSync(join(folder, file), 'utf8')).importedFiles;
      const outside = found.filter(
        ({ fileName }) => fileName.startsWith('.') && join(dirname(file), fileName).startsWith('..'),
      );
      expect(outside.map(({ fileName }) => `${file} -> ${fileName}`)).toEqual([]);
    }
  }
});

test('src stays readable at a glance', () => {
  const entries = readdirSync('src', { withFileTypes: true });
  expect(entries.filter((entry) => entry.isDirectory()).length).toBeLessThanOrEqual(17);
  expect(entries.filter((entry) => entry.isFile()).length).toBeLessThanOrEqual(5);
});
