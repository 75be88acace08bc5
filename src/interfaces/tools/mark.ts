import { z } from 'zod';
import { isOn, roleOf } from '../../definition/features.ts';
import { optionIn, optionsIn, toColumns } from '../../definition/role-fields.ts';
import type { RoleEntity } from '../../definition/roles.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { optionNamed } from '../../operations/fields/option-named.ts';
import { type Answer, done } from './answer.ts';
import { findOneRecord } from './find-one-record.ts';
import { titleText } from './inputs.ts';
import { type Writing, writingTool } from './tool.ts';
import { updateRow, type Values } from './write-row.ts';

const tasks = roleOf('tasks');
const marked = {
  media: { found: roleOf('media'), feature: 'media-tools' },
  games: { found: roleOf('games'), feature: 'game-tools' },
  tasks: { found: tasks, feature: 'task-tools' },
};

/** The new status, by the table of the record. */
export type Statuses = { readonly [Name in keyof typeof marked]?: string | undefined };

/**
 * Sets the status of one record in one of these tables.
 * @param also other columns to set, whether the status changes or not
 */
export async function mark(writing: Writing, named: string, statuses: Statuses, also: Values = {}): Promise<Answer> {
  const status = new Map<string, string>();
  for (const [name, { found, feature }] of Object.entries(marked)) {
    if (!isOn(feature) || found.fields.status === undefined) continue;
    const asked = statuses[name as keyof Statuses]; // the keys are those of `marked`
    const wanted = await optionNamed(writing, found.entity, 'status', asked && statusMeant(found, asked));
    if (wanted !== undefined) status.set(found.entity.name, wanted);
  }
  const among = Object.values(marked)
    .map(({ found }) => found.entity)
    .filter(({ name }) => status.has(name));
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
  entity === tasks.entity
    ? toColumns(tasks, { completed_at: entity.closedStatuses?.includes(status) ? now : null })
    : {};

/** The bot's English words mean the statuses that an entity has in another language. */
function statusMeant(found: RoleEntity, asked: string): string {
  const { closedStatuses, archivedStatus, fields } = found.entity;
  if (optionsIn(found, 'status').includes(asked)) return asked;
  const first = fields.status?.kind === 'select' ? fields.status.default : undefined;
  const [closed] = closedStatuses ?? [];
  const meant: Readonly<Record<string, string | undefined>> = {
    ...{ Done: closed, Completed: closed, Cancelled: archivedStatus },
    ...{ Todo: first, Backlog: first, 'Plan to Watch': first },
  };
  return optionIn(found, 'status', asked) ?? meant[asked] ?? asked;
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
