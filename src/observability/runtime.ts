import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Config } from '../config.ts';
import { ConfigurationError } from '../errors.ts';
import { createLogger } from './log.ts';
import { prometheus } from './metrics.ts';

let installed = false;

/**
 * Temporal's runtime exists once in a process, and so do its logger and its metrics.
 * @throws ConfigurationError when the address for metrics is taken
 */
export function installRuntime(config: Config): void {
  if (installed) return;
  const { metricsAddress: address } = config;
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  const logger = createLogger(config);
  try {
    Runtime.install({
      logger,
      shutdownSignals: [],
      telemetryOptions: { logging: { forward: {}, filter }, ...(address ? { metrics: prometheus(address) } : {}) },
    });
  } catch (error) {
    if (!address) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(
      `LOCKSTEP_METRICS_ADDRESS cannot be listened on: ${address.host}, port ${address.port} (${why})`,
    );
  }
  installed = true;
}
