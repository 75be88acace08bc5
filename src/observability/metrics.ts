import type { MetricMeter } from '@temporalio/common';
import type { TelemetryOptions } from '@temporalio/worker';
import type { SyncOutcome } from '../cycle/messages.ts';
import { formatListenAddress, type ListenAddress } from '../shared/listen-address.ts';
import { currentWorkspace } from '../shared/workspace.ts';
import { observeRequests } from './requests.ts';

/** In seconds; the SDK's own buckets are too short for a sync. */
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

/** Serves Lockstep's metrics together with Temporal's, with names and units as Prometheus requires. */
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
  /** @param isWhole it covered the whole entity, which is fresh afterwards */
  ended(outcome: SyncOutcome, how: { readonly durationMs: number; readonly isWhole: boolean }): void;
  /** @param code the error of the failed attempt */
  triedAgain(sync: string, code: string): void;
}

/** Those of the current workspace. @param runtime its meter; it records nothing unless metrics are served */
export function createMetrics(runtime: MetricMeter): Metrics {
  const meter = runtime.withTags(workspaceTag());
  const syncs = meter.createCounter(names.syncs, undefined, 'Syncs that ended');
  const records = meter.createCounter(names.records, undefined, 'Records that were written');
  const conflicts = meter.createCounter(names.conflicts, undefined, 'Conflicts that were resolved automatically');
  const issues = meter.createCounter(names.issues, undefined, 'Records that could not be synced, and warnings');
  const retries = meter.createCounter(names.retries, undefined, 'Failed attempts that were retried');
  const duration = meter.createHistogram(names.duration, 'float', 'seconds', 'Duration of a sync, over all attempts');
  const freshAt = meter.createGauge(names.freshAt, 'float', undefined, 'Time of the last successful sync');
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

/** Counts every request to Notion and Google, including failed ones, for the life of the process. */
export function countRequests(meter: MetricMeter): void {
  const requests = meter.createCounter(names.requests, undefined, 'Requests to Notion and Google');
  const durations = meter.createHistogram(
    names.requestDuration,
    'float',
    'seconds',
    'Response time of Notion and Google',
  );
  observeRequests((service) => {
    const startedAt = performance.now();
    const of = workspaceTag();
    return ({ method, status }) => {
      requests.add(1, { ...of, service, method, status: status ?? 'none' });
      durations.record((performance.now() - startedAt) / 1_000, { ...of, service });
    };
  });
}

/** The current workspace, as a tag of metrics and an attribute of log lines. None where the process has only one. */
export function workspaceTag(): { readonly workspace?: string } {
  const { name } = currentWorkspace();
  return name === null ? {} : { workspace: name };
}
