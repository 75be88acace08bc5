import { z } from 'zod';
import { roleOf } from '../../definition/features.ts';
import type { Entity } from '../../entities/define.ts';
import { games } from '../../entities/games.ts';
import { media } from '../../entities/media.ts';
import { FinalError } from '../../errors.ts';
import { type Answer, done } from './answer.ts';
import { titleText } from './inputs.ts';
import { optionNamed } from './options.ts';
import { findOneRecord } from './titles.ts';
import { type Writing, writingTool } from './tool.ts';
import { updateRow, type Values } from './write-row.ts';

const { entity: tasks, fields: taskFields } = roleOf('tasks');

const marked = { media, games, tasks };

/** The new status, by the table of the record. */
export type Statuses = { readonly [Name in keyof typeof marked]?: string | undefined };

/**
 * Sets the status of one record in one of these tables.
 * @param also other columns to set, whether the status changes or not
 */
export async function mark(writing: Writing, named: string, statuses: Statuses, also: Values = {}): Promise<Answer> {
  const status = new Map<string, string>();
  for (const [name, entity] of Object.entries(marked)) {
    const asked = statuses[name as keyof Statuses]; // the keys are those of `marked`
    const wanted = await optionNamed(writing, entity, 'status', entity === tasks ? taskStatus(asked) : asked);
    if (wanted !== undefined) status.set(entity.name, wanted);
  }
  const among = Object.values(marked).filter(({ name }) => status.has(name));
  if (among.length === 0) throw new FinalError('invalid_input', 'no status that is synced was given');
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
  entity === tasks && taskFields.completed_at !== undefined
    ? { [taskFields.completed_at]: tasks.closedStatuses?.includes(status) ? now : null }
    : {};

/** The bot's English words mean the statuses that tasks have in another language. */
function taskStatus(asked: string | undefined): string | undefined {
  const { status } = tasks.fields;
  if (asked === undefined || status?.kind !== 'select') return undefined;
  if (status.options.includes(asked)) return asked;
  const meant: Readonly<Record<string, string | undefined>> = {
    Done: tasks.closedStatuses?.[0],
    Cancelled: tasks.archivedStatus,
    Todo: status.default,
  };
  return meant[asked] ?? asked;
}

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
