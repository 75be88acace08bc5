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

/** Which status the record gets, by the table that it turns out to be in. */
export type Statuses = { readonly [Name in keyof typeof marked]?: string | undefined };

/**
 * Sets the status of the one record that is meant, in whichever of the tables it is.
 * @param also what else it gets, whether the status changes or not
 */
export async function mark(writing: Writing, said: string, statuses: Statuses, also: Values = {}): Promise<Answer> {
  const status = new Map<string, string>();
  for (const entity of Object.values(marked)) {
    const wanted = await optionNamed(writing, entity, 'status', statuses[entity.name as keyof Statuses]); // its own name
    if (wanted !== undefined) status.set(entity.name, wanted);
  }
  const among = Object.values(marked).filter(({ name }) => status.has(name));
  const meant = await findOneRecord(writing, among, said, (record) => record.status !== status.get(record.entity));
  if ('answer' in meant) return meant.answer;
  const { id, title, entity: name, status: before } = meant.record;
  const next = status.get(name);
  const entity = among.find((one) => one.name === name);
  if (entity === undefined || next === undefined)
    throw new Error(`a record of ${name} is none of those that were asked for`);
  const changed = before === next ? {} : { status: next, ...alongWith(entity, next, writing.now) };
  await updateRow(writing, entity, id, { ...changed, ...also });
  return done(`«${title}» is ${next}${before === next ? ' already' : ''}.`, { entity: name, id, title });
}

const alongWith = (entity: Entity, status: string, now: Date): Values =>
  entity === tasks ? { completed_at: status === 'Done' ? now : null } : {};

/** For who says «mark it as done» and not what it is: looks in all the tables for which a status is given. */
export const markAny = writingTool({
  name: 'mark',
  title: 'Mark',
  description: 'Sets the status of a film, series, game or task, whichever is called so.',
  input: z.strictObject({
    record: titleText,
    as: z.strictObject({ media: titleText.optional(), games: titleText.optional(), tasks: titleText.optional() }),
  }),
  run: (writing, { record, as }) => mark(writing, record, as),
});
