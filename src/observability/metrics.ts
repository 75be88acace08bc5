import type { MetricMeter } from '@temporalio/common';
import type { TelemetryOptions } from '@temporalio/worker';
import type { SyncOutcome } from '../cycle/messages.ts';
import { formatListenAddress, type ListenAddress } from '../shared/listen-address.ts';
import { observeRequests } from './requests.ts';

/** Seconds; the SDK's own buckets end where a sync only begins. */
const SYNC_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600];
const REQUEST_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const names = {
  syncs: 'lockstep_syncs',
  records: 'lockstep_records',
  conflicts: 'lockstep_conflicts',
  issues: 'lockstep_issues',
  retries: 'lockstep_sync_retries',
  duration: 'lockstep_sync_duration',
  freshAt: 'lockstep_sync_last_good_timestamp_seconds',
  requests: 'lockstep_api_requests',
  requestDuration: 'lockstep_api_request_duration',
} as const;

/** Ours are asked for where Temporal's are; names and units are as Prometheus wants them. */
export const prometheus = (address: ListenAddress): NonNullable<TelemetryOptions['metrics']> => ({
  attachServiceName: false,
  prometheus: {
    bindAddress: formatListenAddress(address),
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
    histogramBucketOverrides: { [names.duration]: SYNC_SECONDS, [names.requestDuration]: REQUEST_SECONDS },
  },
});

export interface Metrics {
  /** @param isWhole it looked at all that its sync is about, so that its entity is fresh after it */
  ended(outcome: SyncOutcome, how: { readonly durationMs: number; readonly isWhole: boolean }): void;
  /** @param code why the attempt before ended */
  triedAgain(sync: string, code: string): void;
}

/** @param meter the runtime's; one that counts nothing where no metrics are asked for */
export function createMetrics(meter: MetricMeter): Metrics {
  const syncs = meter.createCounter(names.syncs, undefined, 'Syncs that ended');
  const records = meter.createCounter(names.records, undefined, 'Records that were written');
  const conflicts = meter.createCounter(names.conflicts, undefined, 'Conflicts that were decided');
  const issues = meter.createCounter(names.issues, undefined, 'Records that could not be synced, and warnings');
  const retries = meter.createCounter(names.retries, undefined, 'Attempts that another had to follow');
  const duration = meter.createHistogram(names.duration, 'float', 'seconds', 'How long a sync took, over all attempts');
  const freshAt = meter.createGauge(names.freshAt, 'float', undefined, 'When a sync last ended well');
  countRequests(meter);
  return {
    ended: (outcome, { durationMs, isWhole }) => {
      const { name: sync, entity, direction, status } = outcome;
      const tags = { sync, entity, direction };
      syncs.add(1, { ...tags, status });
      for (const change of ['created', 'updated', 'archived'] as const)
        records.add(outcome[change], { ...tags, change });
      conflicts.add(outcome.conflicts, tags);
      issues.add(outcome.issues, tags);
      duration.record(durationMs / 1_000, tags);
      if (isWhole && (status === 'ok' || status === 'partial')) freshAt.set(Date.now() / 1_000, tags);
    },
    triedAgain: (sync, code) => retries.add(1, { sync, code }),
  };
}

/** Every request to Notion and Google, refused ones included. */
function countRequests(meter: MetricMeter): void {
  const requests = meter.createCounter(names.requests, undefined, 'Requests to Notion and Google');
  const durations = meter.createHistogram(names.requestDuration, 'float', 'seconds', 'How long their answers took');
  observeRequests((service) => {
    const startedAt = performance.now();
    return ({ method, status }) => {
      requests.add(1, { service, method, status: status ?? 'none' });
      durations.record((performance.now() - startedAt) / 1_000, { service });
    };
  });
}
