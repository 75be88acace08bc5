import { InlineKeyboard } from 'grammy';
import { truncate } from '../../operations/history/format-value.ts';
import type { RecordReference } from '../tools/answer.ts';
import type { Intent } from './parse.ts';

/** Telegram takes no more. @see https://core.telegram.org/bots/api#inlinekeyboardbutton */
const MOST_BYTES = 64;
const LONGEST_LABEL = 60;
const NONE = 'none';

type Call = Extract<Intent, { kind: 'call' }>;

/** What a button says, so that the bot need not remember what it asked: the call, with the record that is meant. */
export type Press = { readonly kind: 'none' } | Call;

/** One button for each record that may be meant; undefined where there is nothing to choose. */
export function choices(call: Call, records: readonly RecordReference[]): InlineKeyboard | undefined {
  const isMixed = new Set(records.map(({ entity }) => entity)).size > 1;
  const buttons = records.flatMap((record) => {
    const data = encode(call, record);
    const label = `${record.title}${isMixed ? ` (${record.entity})` : ''}`;
    return data === null || Buffer.byteLength(data) > MOST_BYTES
      ? []
      : [[truncate(label, LONGEST_LABEL), data] as const];
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

/** What was pressed; null for a button that this version does not know. */
export function pressed(data: string): Press | null {
  if (data === NONE) return { kind: 'none' };
  const [what, id = '', ...rest] = data.split(':');
  const [first = '', second] = rest;
  if (what === 'goal')
    return { kind: 'call', tool: 'update_goal_progress', input: { goal: id, progress: Number(first) } };
  if (what === 'mark') return { kind: 'call', tool: 'mark', input: { record: id, as: { [first]: second } } };
  return null;
}
