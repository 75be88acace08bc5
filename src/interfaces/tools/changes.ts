import { z } from 'zod';
import { clippedText } from '../../database/clipped-text.ts';
import { quote } from '../../database/entity-sql.ts';
import { allEntities, commonName, commonNames, entitiesNamed } from '../../definition/named-entities.ts';
import { titleField } from '../../entities/define.ts';
import {
  readLatestChanges,
  readTitlesOfChanges,
  requireEntity,
  type StoredChange,
} from '../../operations/history/changes.ts';
import { formatShort, SIDE_NAMES } from '../../operations/history/format-value.ts';
import { readPendingRows } from '../../operations/status/pending-records.ts';
import { done, titleLine } from './answer.ts';
import { type Reading, readingTool } from './tool.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
const HOUR_MS = 3_600_000;
const MAX_VALUE_LENGTH = 60;

export const listChanges = readingTool({
  name: 'list_changes',
  title: 'List changes',
  description:
    'Lists what the sync has changed on either side, newest first, and the edits that are pending: answers "what is new?".',
  input: z.strictObject({
    hours: z.number().min(0.1, 'is less than 0.1').max(2_160, 'is more than 2160').default(24).describe('how far back'),
    entity: z.enum(commonNames()).optional().describe('only in this table'),
    limit: z.int().min(1, 'is less than 1').max(MAX_LIMIT, `is more than ${MAX_LIMIT}`).default(DEFAULT_LIMIT),
  }),
  run: async (reading, { hours, entity, limit }) => {
    const names = entity === undefined ? commonNames() : [entity];
    const since = new Date(reading.now.getTime() - hours * HOUR_MS);
    const waiting = await waitingLines(reading, names, limit);
    const synced = (entity === undefined ? allEntities() : entitiesNamed(entity)).map(({ name }) => name);
    const changed = await changedLines(
      reading,
      await readLatestChanges(reading.database, since, synced, { limit, maxText: MAX_VALUE_LENGTH }),
    );
    if (waiting.length + changed.length === 0) return done(`Nothing has changed in the last ${hours} hours.`);
    return done(
      [
        ...(waiting.length > 0 ? ['Pending', ...waiting, ''] : []),
        ...(changed.length > 0 ? ['Synced', ...changed] : []),
      ]
        .join('\n')
        .trim(),
    );
  },
});

async function waitingLines({ database }: Reading, names: readonly string[], limit: number): Promise<string[]> {
  const found = await Promise.all(
    names.map(async (name) =>
      (await readPendingRows(database, name, limit)).map(
        ({ title }) => `• ${name}: ${title === null ? 'a deleted row' : titleLine(title)}`,
      ),
    ),
  );
  return found.flat().slice(0, limit);
}

async function changedLines(reading: Reading, changes: readonly StoredChange[]): Promise<string[]> {
  const [titles, links] = [
    await titlesOfRecords(reading, changes),
    await readTitlesOfChanges(reading.database, changes),
  ];
  return changes.map((change) => {
    const title = titleLine(titles.get(change.recordId) ?? change.recordId);
    const when = momentIn(reading.timeZone, change.at);
    return `• ${when} ${commonName(change.entity)}: ${title}, in ${SIDE_NAMES[change.side]}: ${whatChanged(change, links)}`;
  });
}

function whatChanged({ before, after }: StoredChange, links: ReadonlyMap<string, string>): string {
  if (before === null) return 'created';
  if (after === null) return 'deleted';
  const short = (value: Parameters<typeof formatShort>[0]): string => formatShort(value, links, MAX_VALUE_LENGTH);
  return [
    ...Object.keys(after.fields).map((name) => `${name} ${short(before.fields[name])} → ${short(after.fields[name])}`),
    ...(before.archived === after.archived ? [] : [after.archived ? 'archived' : 'restored']),
  ].join('; ');
}

async function titlesOfRecords(reading: Reading, changes: readonly StoredChange[]): Promise<Map<string, string>> {
  const titles = new Map<string, string>();
  for (const name of new Set(changes.map(({ entity }) => entity))) {
    const entity = requireEntity(name);
    const ids = changes.filter((change) => change.entity === name).map(({ recordId }) => recordId);
    const rows = await reading.query<{ id: string; title: string | null }>(
      `SELECT id, ${clippedText(quote(titleField(entity)))} AS title FROM ${quote(entity.table)} WHERE id = ANY ($1::uuid[])`,
      [ids],
    );
    for (const { id, title } of rows) titles.set(id, title ?? '');
  }
  return titles;
}

const momentIn = (timeZone: string, at: Date): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at);
