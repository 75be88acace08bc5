import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulator } from './emulator.ts';
import { startLockstep } from './lockstep.ts';
import { residentMegabytes } from './process-usage.ts';
import { type Servers, startServers } from './servers.ts';
import { spread } from './workspace-content.ts';

/**
 * What an idle cycle costs, and whether anything grows: `npx tsx --conditions=workspace-source bench/idle-cost.ts 1000`.
 * Actions are those that Temporal Cloud bills, as the server counts them in its metric `action`; a schedule adds two.
 */
const cycles = Number(process.argv[2] ?? 20);
const REPORTS = 10;

const servers = await startServers();
const emulator = await startEmulator(spread(200));
const lockstep = await startLockstep(servers, emulator, { requestsPerMinute: 100_000 });
try {
  await lockstep.cycle();
  await lockstep.cycle();
  console.log('cycle  actions/cycle  events  RSS MB  connections  open workflows');
  let [before, last] = [await countActions(servers), 0];
  for (let n = 1; n <= cycles; n += 1) {
    const cycle = await lockstep.cycle();
    if (n % Math.max(1, Math.floor(cycles / REPORTS)) > 0) continue;
    // The release of the lock is not waited for.
    await sleep(1_000);
    const actions = await countActions(servers);
    const { rows } = await lockstep.pool.query<{ n: string }>(
      'SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()',
    );
    const open = await servers.client.workflow.count("ExecutionStatus = 'Running'");
    const perCycle = ((actions - before) / (n - last)).toFixed(1);
    console.log(
      [n, perCycle, await cycle.events(), residentMegabytes(lockstep.pid), rows[0]?.n, open.count].join('  '),
    );
    [before, last] = [actions, n];
  }
} finally {
  await lockstep.stop();
  await emulator.stop();
  await servers.stop();
}

async function countActions({ metricsUrl }: Servers): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return text
    .split('\n')
    .filter((line) => /^action(_total)?\{/.test(line) && line.includes('namespace="default"'))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
