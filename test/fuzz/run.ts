import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** npm run fuzz -- --worlds 500 [--from 1]   plays that many random worlds over the real parts */
const { values } = parseArgs({
  options: { worlds: { type: 'string', default: '30' }, from: { type: 'string', default: '1' } },
});
const { status } = spawnSync('npx', ['vitest', 'run', 'test/fuzz/fuzz.pg.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, LOCKSTEP_FUZZ_WORLDS: values.worlds, LOCKSTEP_FUZZ_FROM: values.from },
});
process.exitCode = status ?? 1;
