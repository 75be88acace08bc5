import { finite, flag, text } from './expect.ts';
import { acceptOperator } from './filter-operator.ts';

export function acceptTextCondition(given: unknown, path: string): (words: string) => boolean {
  const [operator, operand] = acceptOperator(given, path, [
    'equals',
    'does_not_equal',
    'contains',
    'does_not_contain',
    'starts_with',
    'ends_with',
    'is_empty',
    'is_not_empty',
  ]);
  if (operator === 'is_empty') return (words) => words === '';
  if (operator === 'is_not_empty') return (words) => words !== '';
  const wanted = text(operand, `${path}.${operator}`, { max: 2000 }).toLowerCase();
  const test = {
    equals: (words: string) => words === wanted,
    does_not_equal: (words: string) => words !== wanted,
    contains: (words: string) => words.includes(wanted),
    does_not_contain: (words: string) => !words.includes(wanted),
    starts_with: (words: string) => words.startsWith(wanted),
    ends_with: (words: string) => words.endsWith(wanted),
  }[operator];
  return (words) => test(words.toLowerCase());
}

export function acceptNumberCondition(given: unknown, path: string): (number: number | null) => boolean {
  const [operator, operand] = acceptOperator(given, path, [
    'equals',
    'does_not_equal',
    'greater_than',
    'less_than',
    'greater_than_or_equal_to',
    'less_than_or_equal_to',
    'is_empty',
    'is_not_empty',
  ]);
  if (operator === 'is_empty') return (number) => number === null;
  if (operator === 'is_not_empty') return (number) => number !== null;
  const wanted = finite(operand, `${path}.${operator}`);
  const test = {
    equals: (number: number) => number === wanted,
    does_not_equal: (number: number) => number !== wanted,
    greater_than: (number: number) => number > wanted,
    less_than: (number: number) => number < wanted,
    greater_than_or_equal_to: (number: number) => number >= wanted,
    less_than_or_equal_to: (number: number) => number <= wanted,
  }[operator];
  return (number) => (number === null ? operator === 'does_not_equal' : test(number));
}

export function acceptFlagCondition(given: unknown, path: string): (checked: boolean) => boolean {
  const [operator, operand] = acceptOperator(given, path, ['equals', 'does_not_equal']);
  const wanted = flag(operand, `${path}.${operator}`) === (operator === 'equals');
  return (checked) => checked === wanted;
}
