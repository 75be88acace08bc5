import { readHealth } from '../../operations/status/entity-health.ts';
import { pluralize } from '../../operations/status/format-status.ts';
import { type EntityHealth, entityHealths } from '../../operations/status/verdict.ts';
import type { Chore } from '../chores/chore.ts';
import type { StaleDirection } from './alert-message.ts';
import { type Alert, type AlertKey, closeAlerts, readOpenAlerts, saveAlerts } from './alert-store.ts';
import { sendAlert, sendHeartbeat } from './send-alert.ts';

const REMIND_AFTER_MS = 24 * 3_600_000;

/** Sends an alert when a direction becomes stale, once a day while it is stale, and when it has recovered. */
export const alerts: Chore = async ({ config, database }) => {
  const { webhookUrl, email, heartbeatUrl, afterMinutes } = config.alerts;
  const hasRoute = webhookUrl !== undefined || email !== undefined;
  if (!hasRoute && heartbeatUrl === undefined) {
    return 'no alerts are sent: LOCKSTEP_ALERT_WEBHOOK_URL, _EMAIL_TO and LOCKSTEP_HEARTBEAT_URL are not set';
  }
  const health = await readHealth(database, config.notion.requestsPerMinute, config.everyMs);
  const now = health.at;
  const stale = entityHealths(health).flatMap((entity) => findStale(entity, now, afterMinutes * 60_000));
  if (stale.length === 0 && heartbeatUrl !== undefined) await sendHeartbeat(heartbeatUrl);

  const before = await readOpenAlerts(database);
  const seen = stale.map((one) => ({ one, alert: before.find(isFor(one)) ?? { ...keyOf(one), ...firstSeen(now) } }));
  // The first run only records: after a machine wakes up, the current cycle may resolve it before the second run.
  const due = seen.filter(({ alert }) => alert.seenAt < now && isReminderDue(alert, now));
  const recoveredAlerts = before.filter((alert) => !stale.some(isFor(alert)));
  const recovered = recoveredAlerts.filter(({ notifiedAt }) => notifiedAt !== null).map(keyOf);
  const content = { stale: due.map(({ one }) => one), recovered };
  const hasContent = due.length + recovered.length > 0;
  if (hasContent && hasRoute) await sendAlert(config.alerts, content, now);
  await saveAlerts(
    database,
    seen.map(({ alert }) => (due.some((sent) => sent.alert === alert) ? { ...alert, notifiedAt: now } : alert)),
  );
  await closeAlerts(database, recoveredAlerts);
  return `${pluralize(stale.length, 'stale direction')}; sent ${due.length} stale, ${recovered.length} recovered`;
};

const keyOf = ({ entity, direction }: AlertKey): AlertKey => ({ entity, direction });

const isFor =
  (one: AlertKey) =>
  (other: AlertKey): boolean =>
    one.entity === other.entity && one.direction === other.direction;

const firstSeen = (now: Date): Pick<Alert, 'seenAt' | 'notifiedAt'> => ({ seenAt: now, notifiedAt: null });

const isReminderDue = ({ notifiedAt }: Alert, now: Date): boolean =>
  notifiedAt === null || now.getTime() - notifiedAt.getTime() >= REMIND_AFTER_MS;

/** The stale directions of an entity: without a success for `afterMs`, or failed without any success. */
export function findStale(health: EntityHealth, now: Date, afterMs: number): StaleDirection[] {
  const { entity } = health;
  return (['inbound', 'outbound'] as const).flatMap((direction) => {
    const { verdict, lastSuccessAt: freshAt } = health[direction];
    const failed = health.syncs.find(
      (sync) => (sync.direction === 'inbound') === (direction === 'inbound') && sync.last?.status === 'failed',
    );
    const isStale = freshAt ? now.getTime() - freshAt.getTime() > afterMs : failed !== undefined;
    if (verdict === 'skipped' || !isStale) return [];
    return [{ entity, direction, freshAt, why: failed?.last?.message ?? null }];
  });
}
