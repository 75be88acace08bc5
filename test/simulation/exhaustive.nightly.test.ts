import { describe, test } from 'vitest';
import { expectSameEnd, modelGroups, modelsOf } from './small-model-checks.ts';

const CONFLICTS = ['row', 'field'] as const;
const LAST = ['notion', 'sql'] as const;

describe.each(modelGroups)('a failure, crash or edit at any call of the cycle leads to the same end: %s', (group) => {
  test.each(CONFLICTS.flatMap((conflicts) => LAST.map((last) => ({ conflicts, last }))))(
    `${group}, conflicts by $conflicts, $last acts last`,
    ({ conflicts, last }) =>
      expectSameEnd(modelsOf(group).filter((model) => model.conflicts === conflicts && model.last === last)),
  );
});
