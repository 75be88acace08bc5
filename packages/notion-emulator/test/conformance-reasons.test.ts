import { expect, test } from 'vitest';
import { reasonOf } from '../conformance/reasons.ts';

test('a known difference has its reason, and an unknown one has none', () => {
  const children = '400: body failed validation: body.to_do.children should be not present, instead was `[]`.';
  expect(reasonOf('stricter', 'PATCH blocks/{id}', children)).toMatch(/refuses unknown fields/);
  expect(reasonOf('kinder', 'PATCH blocks/{id}', children)).toBeUndefined();
  expect(reasonOf('stricter', 'POST pages', '400: Name is expected to be title.')).toBeUndefined();
  expect(reasonOf('shape', 'GET pages/{id}', 'parent.page_id: extra')).toMatch(/outside the recording/);
});
