import type { Client } from '@notionhq/client';
import type pg from 'pg';
import { inParallel } from '../../src/sync/in-parallel.ts';
import { entities } from '../definition.ts';
import { inbound } from './inbound.ts';
import { findEdited, sendRow } from './outbound.ts';

const CONCURRENCY = 10;

/** When the last cycle began. Lost when the process ends: the next one reads everything. */
let since: string | null = null;

/**
 * As fast as Notion lets anyone be: it reads only what was edited, and sends many rows at once, each with one write. It
 * does not look at a page before it writes, and remembers nothing of a request without an answer.
 */
export async function runCareless(notion: Client, pool: pg.Pool): Promise<void> {
  const startedAt = new Date().toISOString();
  await Promise.all(entities.map((entity) => inbound(notion, pool, entity, since)));
  since = startedAt;
  const edited = await Promise.all(
    entities.map(async (entity) => (await findEdited(pool, entity)).map((row) => ({ entity, row }))),
  );
  await inParallel(edited.flat(), CONCURRENCY, ({ entity, row }) => sendRow(notion, pool, entity, row));
}
