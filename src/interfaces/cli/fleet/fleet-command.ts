import { readConfig } from '../../../config.ts';
import { startFleetHealthServer } from '../../../observability/health-server.ts';
import { installRuntime } from '../../../observability/runtime.ts';
import { keepHeapSmall, untilDrained } from '../until-drained.ts';
import { Fleet } from './fleet.ts';
import { processEnv } from './read-workspace.ts';
import { Shares } from './workspace-runner.ts';

/**
 * Runs the workers of several workspaces in this process, which reads their folders again after SIGHUP.
 * @param folders as `listWorkspaces` takes them
 */
export async function fleetCommand(folders: readonly string[]): Promise<number> {
  keepHeapSmall();
  forgetPostgresVariables();
  const say = (line: string): void => void process.stderr.write(`lockstep: ${line}\n`);
  const { healthAddress: address, ...config } = readConfig(processEnv(process.env), []);
  installRuntime(config);
  const fleet = new Fleet(folders, new Shares(config.database.maxConnections), say);
  const health = address ? await startFleetHealthServer({ address, say, report: () => fleet.health() }) : null;
  process.on('SIGHUP', () => void fleet.reload());
  await fleet.reload();
  const running = {
    stop: () => void fleet.stop(),
    done: fleet.stopped.then(() => health?.stop()),
  };
  return untilDrained(running, `worker of ${folders.join(', ')}`);
}

/** The driver reads `PGPASSWORD` and others itself: one workspace's server would be given the password of another. */
function forgetPostgresVariables(): void {
  for (const name of Object.keys(process.env)) {
    if (/^PG[A-Z]+$/.test(name)) delete process.env[name];
  }
}
