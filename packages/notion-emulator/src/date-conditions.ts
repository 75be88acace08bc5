import { object, refuse, text } from './expect.ts';
import { acceptOperator } from './filter-operator.ts';
import { floorToMinute } from './ids.ts';

const DAY_MS = 86_400_000;
const RELATIVE_SPANS = [
  'this_week',
  'past_week',
  'past_month',
  'past_year',
  'next_week',
  'next_month',
  'next_year',
] as const;
type RelativeSpan = (typeof RELATIVE_SPANS)[number];

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Reads a condition on a date or time, e.g. `{ on_or_after: '2026-03-01' }`. Null is an empty date. */
export function acceptDateCondition(given: unknown, path: string, now: number): (instant: number | null) => boolean {
  const [operator, operand] = acceptOperator(given, path, [
    'equals',
    'before',
    'after',
    'on_or_before',
    'on_or_after',
    ...RELATIVE_SPANS,
    'is_empty',
    'is_not_empty',
  ]);
  if (operator === 'is_empty') return (instant) => instant === null;
  if (operator === 'is_not_empty') return (instant) => instant !== null;
  const { from, to } = isRelative(operator)
    ? relativeSpan(operator, operand, `${path}.${operator}`, now)
    : acceptSpan(operand, `${path}.${operator}`, now);
  return (instant) => {
    if (instant === null) return false;
    if (operator === 'before') return instant < from;
    if (operator === 'after') return instant > to;
    if (operator === 'on_or_before') return instant <= to;
    if (operator === 'on_or_after') return instant >= from;
    return instant >= from && instant <= to;
  };
}

const isRelative = (operator: string): operator is RelativeSpan =>
  (RELATIVE_SPANS as readonly string[]).includes(operator);

/** A day is 24 hours in UTC; a time is an instant. */
function acceptSpan(operand: unknown, path: string, now: number): Span {
  const given = text(operand, path);
  const day = namedDay(given, now);
  if (day !== null) return dayAt(day);
  const instant = /^\d{4}-\d\d-\d\d/.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(instant)) throw refuse(path, 'a valid ISO 8601 date string', operand);
  if (given.length === 10) return dayAt(instant);
  const minute = floorToMinute(instant);
  return { from: minute, to: minute };
}

/** The start of the day that a word names, or null. */
function namedDay(word: string, now: number): number | null {
  const today = startOfDay(now);
  switch (word) {
    case 'today':
      return today;
    case 'tomorrow':
      return today + DAY_MS;
    case 'yesterday':
      return today - DAY_MS;
    case 'one_week_ago':
      return today - 7 * DAY_MS;
    case 'one_week_from_now':
      return today + 7 * DAY_MS;
    case 'one_month_ago':
      return monthsFrom(today, -1);
    case 'one_month_from_now':
      return monthsFrom(today, 1);
    default:
      return null;
  }
}

/** From today to a week, month or year away, both days included; `this_week` is Sunday to Saturday. */
function relativeSpan(operator: RelativeSpan, operand: unknown, path: string, now: number): Span {
  object(operand, path, []);
  const today = startOfDay(now);
  const endOfToday = today + DAY_MS - 1;
  const upTo = (day: number): Span => ({ from: today, to: day + DAY_MS - 1 });
  switch (operator) {
    case 'this_week': {
      const sunday = today - new Date(today).getUTCDay() * DAY_MS;
      return { from: sunday, to: sunday + 7 * DAY_MS - 1 };
    }
    case 'past_week':
      return { from: today - 7 * DAY_MS, to: endOfToday };
    case 'past_month':
      return { from: monthsFrom(today, -1), to: endOfToday };
    case 'past_year':
      return { from: monthsFrom(today, -12), to: endOfToday };
    case 'next_week':
      return upTo(today + 7 * DAY_MS);
    case 'next_month':
      return upTo(monthsFrom(today, 1));
    case 'next_year':
      return upTo(monthsFrom(today, 12));
  }
}

const startOfDay = (instant: number): number => Math.floor(instant / DAY_MS) * DAY_MS;

/** The same day of another month, or its last day where that month is shorter. */
function monthsFrom(day: number, months: number): number {
  const date = new Date(day);
  const moved = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  return moved.setUTCDate(Math.min(date.getUTCDate(), last));
}

const dayAt = (from: number): Span => ({ from, to: from + DAY_MS - 1 });
