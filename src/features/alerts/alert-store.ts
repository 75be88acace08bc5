import { type Database, sql } from '../../database/client.ts';

export interface AlertKey {
  readonly entity: string;
  readonly direction: 'inbound' | 'outbound';
}

/** A stale direction: when it was first found stale, and when an alert was last sent. */
export interface Alert extends AlertKey {
  readonly seenAt: Date;
  readonly notifiedAt: Date | null;
}

export const readOpenAlerts = async (database: Database): Promise<readonly Alert[]> => {
  const found = await database.query<Omit<Alert, 'direction'> & { direction: string }>(
    sql`SELECT entity, direction, seen_at AS "seenAt", told_at AS "notifiedAt" FROM sync_alerts`,
  );
  return found.map(({ direction, ...alert }) => ({
    ...alert,
    direction: direction === 'inbound' ? 'inbound' : 'outbound',
  }));
};

export const saveAlerts = async (database: Database, alerts: readonly Alert[]): Promise<void> => {
  for (const { entity, direction, seenAt, notifiedAt } of alerts) {
    await database.execute(sql`
      INSERT INTO sync_alerts (entity, direction, seen_at, told_at) VALUES (${entity}, ${direction}, ${seenAt}, ${notifiedAt})
      ON CONFLICT (entity, direction) DO UPDATE SET seen_at = excluded.seen_at, told_at = excluded.told_at`);
  }
};

export const closeAlerts = async (database: Database, keys: readonly AlertKey[]): Promise<void> => {
  if (keys.length === 0) return;
  await database.execute(sql`
    DELETE FROM sync_alerts a USING unnest(${keys.map(({ entity }) => entity)}::text[], ${keys.map(({ direction }) => direction)}::text[])
      AS k(entity, direction) WHERE a.entity = k.entity AND a.direction = k.direction`);
};
