import { readHealth } from '../../operations/status/entity-health.ts';
import { counted } from '../../operations/status/format-status.ts';
import { type EntityHealth, entityHealths } from '../../operations/status/verdict.ts';
import type { Chore } from '../chores/chore.ts';
import type { Stale } from './alert-message.ts';
import { type Alert, type AlertKey, closeAlerts, openAlerts, saveAlerts } from './alert-store.ts';
import { beat, send } from './send-alert.ts';

const REMIND_AFTER_MS = 24 * 3_600_000;

/** Tells of what is stale: once when it has been for long, once a day while it lasts, and once when it is over. */
export const alerts: Chore = async ({ config, database }) => {
  const { webhookUrl, email, heartbeatUrl, afterMinutes } = config.alerts;
  const isAnybodyTold = webhookUrl !== undefined || email !== undefined;
  if (!isAnybodyTold && heartbeatUrl === undefined) {
    return 'nobody is to be told: LOCKSTEP_ALERT_WEBHOOK_URL, _EMAIL_TO and LOCKSTEP_HEARTBEAT_URL are not set';
  }
  const health = await readHealth(database, config.notion.requestsPerMinute);
  const now = health.at;
  const stale = entityHealths(health).flatMap((entity) => staleIn(entity, now, afterMinutes * 60_000));
  if (stale.length === 0 && heartbeatUrl !== undefined) await beat(heartbeatUrl);

  const before = await openAlerts(database);
  const seen = stale.map((one) => ({ one, alert: before.find(isFor(one)) ?? { ...keyOf(one), ...firstSeen(now) } }));
  // A machine that wakes up is stale at the first look: the cycle that has just begun may mend it until the second.
  const due = seen.filter(({ alert }) => alert.seenAt < now && isToldAgain(alert, now));
  const over = before.filter((alert) => !stale.some(isFor(alert)));
  const recovered = over.filter(({ toldAt }) => toldAt !== null).map(keyOf);
  const news = { stale: due.map(({ one }) => one), recovered };
  const isNews = due.length + recovered.length > 0;
  if (isNews && isAnybodyTold) await send(config.alerts, news, now);
  await saveAlerts(
    database,
    seen.map(({ alert }) => (due.some((told) => told.alert === alert) ? { ...alert, toldAt: now } : alert)),
  );
  await closeAlerts(database, over);
  return `${counted(stale.length, 'stale direction')}; told of ${due.length}, and of ${recovered.length} that are over`;
};

const keyOf = ({ entity, direction }: AlertKey): AlertKey => ({ entity, direction });

const isFor =
  (one: AlertKey) =>
  (other: AlertKey): boolean =>
    one.entity === other.entity && one.direction === other.direction;

const firstSeen = (now: Date): Pick<Alert, 'seenAt' | 'toldAt'> => ({ seenAt: now, toldAt: null });

const isToldAgain = ({ toldAt }: Alert, now: Date): boolean =>
  toldAt === null || now.getTime() - toldAt.getTime() >= REMIND_AFTER_MS;

/** The directions of an entity that have not gone well for so long; one that never did is stale once it has failed. */
export function staleIn(health: EntityHealth, now: Date, afterMs: number): Stale[] {
  const { entity } = health;
  return (['inbound', 'outbound'] as const).flatMap((direction) => {
    const { verdict, freshAt } = health[direction];
    const failed = health.syncs.find(
      (sync) => (sync.direction === 'inbound') === (direction === 'inbound') && sync.last?.status === 'failed',
    );
    const isStale = freshAt ? now.getTime() - freshAt.getTime() > afterMs : failed !== undefined;
    if (verdict === 'skipped' || !isStale) return [];
    return [{ entity, direction, freshAt, why: failed?.last?.message ?? null }];
  });
}
