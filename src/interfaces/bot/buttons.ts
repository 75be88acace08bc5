import { InlineKeyboard } from 'grammy';
import { truncate } from '../../operations/history/format-value.ts';
import type { RecordReference } from '../tools/answer.ts';
import type { Intent } from './parse.ts';

/** Telegram's limit. @see https://core.telegram.org/bots/api#inlinekeyboardbutton */
const MAX_BYTES = 64;
const MAX_LABEL_LENGTH = 60;
const NONE = 'none';

type Call = Extract<Intent, { kind: 'call' }>;

/** A button carries the whole call with its record, so that the bot keeps no state. */
export type Press = { readonly kind: 'none' } | Call;

/** One button for each candidate; undefined when there is nothing to choose. */
export function choices(call: Call, records: readonly RecordReference[]): InlineKeyboard | undefined {
  const isMixed = new Set(records.map(({ entity }) => entity)).size > 1;
  const buttons = records.flatMap((record) => {
    const data = encode(call, record);
    const label = `${record.title}${isMixed ? ` (${record.entity})` : ''}`;
    return data === null || Buffer.byteLength(data) > MAX_BYTES
      ? []
      : [[truncate(label, MAX_LABEL_LENGTH), data] as const];
  });
  if (buttons.length === 0) return undefined;
  const keyboard = new InlineKeyboard();
  for (const [label, data] of buttons) keyboard.text(label, data).row();
  return keyboard.text('None of these', NONE);
}

function encode({ tool, input }: Call, { entity, id }: RecordReference): string | null {
  if (tool === 'update_goal_progress') return `goal:${id}:${String(input.progress)}`;
  const statuses = new Map(Object.entries(input.as ?? {}));
  return tool === 'mark' ? `mark:${id}:${entity}:${String(statuses.get(entity))}` : null;
}

/** Parses a button's data; null for a button of another version. */
export function pressed(data: string): Press | null {
  if (data === NONE) return { kind: 'none' };
  const [what, id = '', ...rest] = data.split(':');
  const [first = '', second] = rest;
  if (what === 'goal')
    return { kind: 'call', tool: 'update_goal_progress', input: { goal: id, progress: Number(first) } };
  if (what === 'mark') return { kind: 'call', tool: 'mark', input: { record: id, as: { [first]: second } } };
  return null;
}
