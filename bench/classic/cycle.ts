import type { Client } from '@notionhq/client';
import { dataSourceIdOf } from 'notion-emulator';
import type pg from 'pg';
import type { Entity } from '../../src/entities/define.ts';
import { entities } from '../../src/entities/index.ts';
import { inbound } from './inbound.ts';
import { outbound } from './outbound.ts';

type Script = (notion: Client, pool: pg.Pool) => Promise<void>;

/** Neither side of the bench has a calendar or folders: such a script looks at its settings, and ends. */
const notSetUp: Script = async () => undefined;

const ofEntity =
  (script: typeof inbound | typeof outbound, entity: Entity): Script =>
  (notion, pool) =>
    script(notion, pool, entity, dataSourceIdOf(entity.databaseId));

/** The 25 scripts, in their order. */
const scripts: readonly Script[] = [
  ...entities.map((entity) => ofEntity(inbound, entity)),
  notSetUp, // calendar-google-to-sql
  ...entities.map((entity) => ofEntity(outbound, entity)),
  notSetUp, // areas-sql-to-notion
  notSetUp, // resources-sql-to-notion
  notSetUp, // calendar-sql-to-google
  notSetUp, // calendar-task-trigger
];

/** One after another, in one process: generous, since 25 starts of Node would come on top. */
export async function runCycle(notion: Client, pool: pg.Pool): Promise<void> {
  for (const script of scripts) await script(notion, pool);
}
