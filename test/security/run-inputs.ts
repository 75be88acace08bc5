import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** npm run fuzz:inputs -- --inputs 20000 [--seed 1]   sends that many hostile inputs to every server and parser */
const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
const { status } = spawnSync('npx', ['vitest', 'run', 'test/security/fuzz-inputs.test.ts'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    LOCKSTEP_FUZZ_INPUTS: values.inputs,
    LOCKSTEP_FUZZ_SEED: values.seed,
    LOCKSTEP_FUZZ_CPU_SECONDS: '1',
  },
});
process.exitCode = status ?? 1;
