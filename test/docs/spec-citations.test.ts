import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const spec = readFileSync('SPEC.md', 'utf8').replaceAll(/\s+/g, ' ');
const testFiles = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));

/** A path below `test`, where `*` stands for any part of a name, and the titles cited right behind it. */
const citations = [...spec.matchAll(/`([\w./*-]+\.ts)`((?:(?:,| and)? ?"[^"]+")*)/g)].map(
  ([, path = '', titles = '']) => ({
    path,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }),
);

const filesOf = (path: string): readonly string[] => {
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
  return testFiles.filter((file) => pattern.test(file));
};

test('every test that SPEC.md cites exists', () => {
  const missing = citations.flatMap(({ path, titles }) => {
    const texts = filesOf(path).map((file) => readFileSync(`test/${file}`, 'utf8').replaceAll(/\\(['"])/g, '$1'));
    if (texts.length === 0) return [path];
    const isThere = (title: string): boolean =>
      title.split('…').every((part) => texts.some((text) => text.includes(part.trim())));
    return titles.filter((title) => !isThere(title)).map((title) => `${path}: "${title}"`);
  });
  expect(missing).toEqual([]);
  expect(citations.length).toBeGreaterThan(50);
});

test('every invariant cites a test', () => {
  const invariants = spec.split(/(?=\*\*S\d+\.)/).slice(1);
  const uncited = invariants.filter((text) => !/`[\w./*-]+\.ts`/.test(text)).map((text) => text.slice(2, 40));
  expect(uncited).toEqual([]);
});
