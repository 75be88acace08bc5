import { syncs } from '../../../src/cycle/sync-names.ts';
import type { View } from '../../../src/interfaces/dashboard/view.ts';
import type { StoredConflict } from '../../../src/operations/history/conflicts.ts';
import {
  type Health,
  type LastRun,
  NOTHING_PENDING,
  type SyncHealth,
} from '../../../src/operations/status/entity-health.ts';

export const NOW = new Date('2026-11-25T20:08:31Z');

export const view: View = {
  ...{ now: NOW, timeZone: 'Europe/Madrid', formToken: 'form-token', isSignedIn: false, temporal: null },
};

const MINUTE_MS = 60_000;
export const minutesAgo = (minutes: number): Date => new Date(NOW.getTime() - minutes * MINUTE_MS);

export const lastRun = (different: Partial<LastRun> = {}): LastRun => ({
  ...{ status: 'ok', finishedAt: minutesAgo(3), durationMs: 1_234, processed: 7, created: 0, updated: 0, archived: 0 },
  ...{ conflicts: 0, requests: 2, message: null, failedRecords: 0 },
  ...different,
});

/** Every sync went well three minutes ago, but for what is different of some. */
export const healthOf = (
  different: Readonly<Record<string, Partial<SyncHealth>>> = {},
  more: Partial<Health> = {},
): Health => ({
  at: NOW,
  syncs: syncs().map(({ name, entity, direction }) => ({
    ...{ name, entity, direction, last: lastRun(), lastSuccessAt: minutesAgo(3) },
    ...different[name],
  })),
  pending: new Map(),
  consistencyChecks: new Map(),
  approvals: [],
  budget: { lastMinute: 12, perMinute: 180, pausedUntil: null },
  ...more,
});

/** No runs yet. */
export const untouched = (): Health => ({
  ...healthOf(),
  syncs: syncs().map(({ name, entity, direction }) => ({ name, entity, direction, last: null, lastSuccessAt: null })),
});

export const waitingOf = (different: Partial<typeof NOTHING_PENDING>) => ({ ...NOTHING_PENDING, ...different });

export const conflictOf = (different: Partial<StoredConflict> = {}): StoredConflict => ({
  ...{ id: '4df7a8a6-6d7f-421a-a102-b333e0a57501', entity: 'tasks', recordId: 'c1aa28d4-d2e5-44c4-ae87-4fb8972d68bb' },
  ...{ pageId: 'page-1', cycleId: 'cycle-1', detectedAt: minutesAgo(60), resolvedAt: null, winner: 'notion' },
  reason: 'Notion was edited later',
  base: { fields: { title: 'Buy milk', tags: [] }, archived: false },
  remote: { fields: { title: 'Buy oat milk', tags: ['tag-page'] }, archived: false },
  sql: { fields: { title: 'Buy bread', tags: [] }, archived: true },
  ...different,
});

export const runOf = (different: object = {}) => ({
  ...{ id: 7n, cycle_id: 'cycle-1', sync_name: 'tasks-notion-to-sql', entity: 'tasks', direction: 'inbound' },
  ...{ status: 'ok', started_at: minutesAgo(4), finished_at: minutesAgo(3), duration_ms: 1_500, records_processed: 9 },
  ...{ created: 2, updated: 0, archived: 0, conflicts: 0, api_requests: 3, errors: [], certificate: null },
  ...different,
});
