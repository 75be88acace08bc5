import type { Client } from '@notionhq/client';
import type pg from 'pg';
import type { Entity } from '../../src/entities/define.ts';
import { entities } from '../definition.ts';
import { inbound } from './inbound.ts';
import { findEdited, sendRow } from './outbound.ts';

type Script = (notion: Client, pool: pg.Pool) => Promise<void>;

/** The bench has no calendar and no folders, so these scripts end at once. */
const notConfigured: Script = async () => undefined;

/** Sends one row after another. */
const outbound =
  (entity: Entity): Script =>
  async (notion, pool) => {
    for (const row of await findEdited(pool, entity)) await sendRow(notion, pool, entity, row);
  };

/** The 25 scripts in their order. */
const scripts: readonly Script[] = [
  ...entities.map(
    (entity): Script =>
      (notion, pool) =>
        inbound(notion, pool, entity),
  ),
  notConfigured, // calendar-google-to-sql
  ...entities.map(outbound),
  notConfigured, // areas-sql-to-notion
  notConfigured, // resources-sql-to-notion
  notConfigured, // calendar-sql-to-google
  notConfigured, // calendar-task-trigger
];

/** Runs the scripts in one process. With cron, 25 starts of Node would add to the time. */
export async function runClassic(notion: Client, pool: pg.Pool): Promise<void> {
  for (const script of scripts) await script(notion, pool);
}
