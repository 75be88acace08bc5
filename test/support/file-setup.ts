import { readConfig } from '../../src/config.ts';
import { installRuntime } from '../../src/observability/runtime.ts';
import { temporalEnv } from './temporal.ts';

// Before each file of the services: what the product reads from the environment of its process.
Object.assign(process.env, temporalEnv());
// Workers in this process run workflows in it, not in threads of their own: a thread costs half a second of CPU.
// https://typescript.temporal.io/api/interfaces/worker.WorkerOptions#debugmode
process.env.TEMPORAL_DEBUG = '1';
// A process has one Temporal runtime. Tests cause failures, which need not be logged.
installRuntime(readConfig({ LOG_LEVEL: 'fatal' }));
