import type { z } from 'zod';
import type { Database } from '../../database/client.ts';
import type { DateField, Entity } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import type { Value } from '../../sync/types.ts';
import { ISO_DATE, isDay, isTime } from './iso-date.ts';
import { numberProblem } from './number-problem.ts';
import { optionNamed } from './option-named.ts';
import { longText, titleText } from './texts.ts';

/** A longer text is edited where it is, not in a form. */
const MAX_TYPED_LENGTH = 2_000;
/** Without forms that only programs write, such as `0x1F`. */
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const TYPED: ReadonlySet<string> = new Set([
  ...['title', 'rich_text', 'url', 'email', 'phone_number', 'number', 'checkbox', 'select', 'date'],
]);

/** Whether a person can type the field's value: a text, a number, a date, a checkbox or an option. */
export function isTyped(entity: Entity, name: string, current: Value): boolean {
  const field = entity.fields[name];
  if (!field || !TYPED.has(field.kind) || (field.kind === 'date' && field.endColumn !== undefined)) return false;
  return !(typeof current === 'string' && current.length > MAX_TYPED_LENGTH);
}

/**
 * The value that a person has typed, checked as the tools check it.
 * @throws FinalError `invalid_input` or `unknown_option`
 */
export async function readTyped(database: Database, entity: Entity, name: string, typed: string): Promise<Value> {
  const field = entity.fields[name];
  const refused = (why: string): FinalError => new FinalError('invalid_input', `${entity.name}.${name} ${why}`);
  const parse = (text: z.ZodType<string>): string => {
    const read = text.safeParse(typed.replaceAll('\r\n', '\n'));
    if (read.success) return read.data;
    throw refused(read.error.issues[0]?.message ?? 'is not valid');
  };
  if (!field || !isTyped(entity, name, null)) throw refused('cannot be edited here');
  if (field.kind === 'title') return parse(titleText);
  const text = parse(longText);
  if (field.kind === 'checkbox') {
    if (text === 'true' || text === 'false') return text === 'true';
    throw refused('needs true or false');
  }
  if (text === '') return null;
  if (field.kind === 'number') {
    const number = NUMBER.test(text) ? Number(text) : null;
    const problem = numberProblem(field, number);
    if (problem !== null) throw refused(problem);
    return number;
  }
  if (field.kind === 'select') return (await optionNamed(database, entity, name, text)) ?? null;
  if (field.kind !== 'date') return text;
  const date = dateOf(field, text);
  if (date !== null) return date;
  const example = field.timeColumn === undefined ? '2026-03-01' : '2026-03-01 or 2026-03-01T14:30';
  throw refused(`cannot be "${text}": use ${example}`);
}

function dateOf({ timeColumn }: DateField, text: string): string | null {
  const [, day, time, offset] = ISO_DATE.exec(text) ?? [];
  if (day === undefined || !isDay(day) || offset !== undefined) return null;
  if (time === undefined) return day;
  return timeColumn !== undefined && isTime(time) ? `${day}T${time}:00` : null;
}
