import type { Client } from '@notionhq/client';
import { dataSourceIdOf } from 'notion-emulator';
import type pg from 'pg';
import type { Entity } from '../../src/entities/define.ts';
import { entities } from '../definition.ts';
import { inbound } from './inbound.ts';
import { outbound } from './outbound.ts';

type Script = (notion: Client, pool: pg.Pool) => Promise<void>;

/** The bench has no calendar and no folders, so these scripts end at once. */
const notConfigured: Script = async () => undefined;

const forEntity =
  (script: typeof inbound | typeof outbound, entity: Entity): Script =>
  (notion, pool) =>
    script(notion, pool, entity, dataSourceIdOf(entity.databaseId));

/** The 25 scripts in their order. */
const scripts: readonly Script[] = [
  ...entities.map((entity) => forEntity(inbound, entity)),
  notConfigured, // calendar-google-to-sql
  ...entities.map((entity) => forEntity(outbound, entity)),
  notConfigured, // areas-sql-to-notion
  notConfigured, // resources-sql-to-notion
  notConfigured, // calendar-sql-to-google
  notConfigured, // calendar-task-trigger
];

/** Runs the scripts in one process. With cron, 25 starts of Node would add to the time. */
export async function runCycle(notion: Client, pool: pg.Pool): Promise<void> {
  for (const script of scripts) await script(notion, pool);
}
