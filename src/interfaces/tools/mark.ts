import { z } from 'zod';
import type { Entity } from '../../entities/define.ts';
import { games } from '../../entities/games.ts';
import { media } from '../../entities/media.ts';
import { tasks } from '../../entities/tasks.ts';
import { type Answer, done } from './answer.ts';
import { titleText } from './inputs.ts';
import { optionNamed } from './options.ts';
import { findOneRecord } from './titles.ts';
import { type Writing, writingTool } from './tool.ts';
import { updateRow, type Values } from './write-row.ts';

const marked = { media, games, tasks };

/** The new status, by the table of the record. */
export type Statuses = { readonly [Name in keyof typeof marked]?: string | undefined };

/**
 * Sets the status of one record in one of these tables.
 * @param also other columns to set, whether the status changes or not
 */
export async function mark(writing: Writing, named: string, statuses: Statuses, also: Values = {}): Promise<Answer> {
  const status = new Map<string, string>();
  for (const entity of Object.values(marked)) {
    const wanted = await optionNamed(writing, entity, 'status', statuses[entity.name as keyof Statuses]); // its own name
    if (wanted !== undefined) status.set(entity.name, wanted);
  }
  const among = Object.values(marked).filter(({ name }) => status.has(name));
  const found = await findOneRecord(writing, among, named, (record) => record.status !== status.get(record.entity));
  if ('answer' in found) return found.answer;
  const { id, title, entity: name, status: before } = found.record;
  const next = status.get(name);
  const entity = among.find((one) => one.name === name);
  if (entity === undefined || next === undefined)
    throw new Error(`a record of ${name} was not among the tables searched`);
  const changed = before === next ? {} : { status: next, ...alongWith(entity, next, writing.now) };
  await updateRow(writing, entity, id, { ...changed, ...also });
  return done(`"${title}" is ${before === next ? 'already ' : ''}${next}.`, { entity: name, id, title });
}

const alongWith = (entity: Entity, status: string, now: Date): Values =>
  entity === tasks ? { completed_at: status === 'Done' ? now : null } : {};

/** For "mark it as done" without a table: searches every table for which a status is given. */
export const markAny = writingTool({
  name: 'mark',
  title: 'Mark',
  description: 'Sets the status of the film, series, game or task with this title.',
  input: z.strictObject({
    record: titleText,
    as: z.strictObject({ media: titleText.optional(), games: titleText.optional(), tasks: titleText.optional() }),
  }),
  run: (writing, { record, as }) => mark(writing, record, as),
});
