import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Config } from '../config.ts';
import { ConfigurationError } from '../errors.ts';
import { createLogger } from './log.ts';
import { countRequests, prometheus } from './metrics.ts';

let installed = false;

/**
 * Installs Temporal's runtime, of which a process has one, with its logger and metrics.
 * @throws ConfigurationError when the address for metrics cannot be listened on
 */
export function installRuntime(config: Pick<Config, 'logLevel' | 'metricsAddress' | 'secrets'>): void {
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
  countRequests(Runtime.instance().metricMeter);
  installed = true;
}
