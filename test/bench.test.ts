import { expect, test } from 'vitest';
import { formatFindings } from '../bench/report.ts';
import { atMost, attempt, type Bench, combine, type Scenario } from '../bench/scenario.ts';

const bench = {} as Bench; // these scenarios do not use it
const works: Scenario = {
  name: 'idle',
  run: async () => ({ runs: [], targets: [atMost('idle: requests', 5, 5)] }),
};
const fails: Scenario = {
  name: 'latency',
  run: async () => {
    throw new Error('the server is gone');
  },
};

test('a scenario that fails is reported, with the results of the others', async () => {
  const findings = combine([await attempt(fails, bench), await attempt(works, bench)]);
  expect(findings.failures).toEqual([
    { scenario: 'latency', reason: expect.stringContaining('Error: the server is gone\n    at ') },
  ]);
  expect(formatFindings(findings)).toMatch(
    /idle: requests +5 +≤ 5 +PASS\n\nFAILED latency: Error: the server is gone\n/,
  );
});

test('without a failure, none is reported', async () => {
  expect(formatFindings(combine([await attempt(works, bench)]))).not.toContain('FAILED');
});
