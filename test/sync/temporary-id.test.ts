import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isTemporaryId, TEMPORARY_ID_PREFIX, toTemporaryId } from '../../src/sync/temporary-id.ts';

test('a temporary id is the row id with a prefix', () => {
  expect(toTemporaryId('0e5a5f7c')).toBe('sql:0e5a5f7c');
  expect(isTemporaryId(toTemporaryId('0e5a5f7c'))).toBe(true);
});

test.each(['0e5a5f7c-6bd1-4a4e-8f35-000000000001', 'dry:1', 'SQL:1', ' sql:1', ''])('%j is not temporary', (id) => {
  expect(isTemporaryId(id)).toBe(false);
});

test('no other file of src spells the prefix', () => {
  const spelled = new RegExp(`['"\`/^]${TEMPORARY_ID_PREFIX}(['"\`%/]|\\$\\{)`);
  const files = readdirSync('src', { encoding: 'utf8', recursive: true }).filter(
    (file) => file.endsWith('.ts') && !file.includes('generated/'),
  );
  const spelling = files.filter((file) => spelled.test(readFileSync(`src/${file}`, 'utf8')));
  expect(spelling).toEqual(['sync/temporary-id.ts']);
});
