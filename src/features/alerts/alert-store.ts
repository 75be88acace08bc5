import { asDatabaseErrors, type Database } from '../../database/client.ts';

export interface AlertKey {
  readonly entity: string;
  readonly direction: 'inbound' | 'outbound';
}

/** Something stale: since when it is seen so, and when somebody was last told. */
export interface Alert extends AlertKey {
  readonly seenAt: Date;
  readonly toldAt: Date | null;
}

export const openAlerts = (database: Database): Promise<readonly Alert[]> =>
  asDatabaseErrors(async () => {
    const found = await database.syncAlert.findMany();
    return found.map(({ entity, direction, seen_at, told_at }) => ({
      entity,
      direction: direction === 'inbound' ? 'inbound' : 'outbound',
      seenAt: seen_at,
      toldAt: told_at,
    }));
  });

export const saveAlerts = (database: Database, alerts: readonly Alert[]): Promise<void> =>
  asDatabaseErrors(async () => {
    for (const { entity, direction, seenAt, toldAt } of alerts) {
      const key = { entity, direction };
      const times = { seen_at: seenAt, told_at: toldAt };
      await database.syncAlert.upsert({
        where: { entity_direction: key },
        create: { ...key, ...times },
        update: times,
      });
    }
  });

export const closeAlerts = (database: Database, keys: readonly AlertKey[]): Promise<void> =>
  asDatabaseErrors(async () => {
    if (keys.length === 0) return;
    await database.syncAlert.deleteMany({
      where: { OR: keys.map(({ entity, direction }) => ({ entity, direction })) },
    });
  });
