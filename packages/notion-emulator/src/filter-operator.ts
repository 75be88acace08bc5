import { choice, object, refuse } from './expect.ts';

/** Reads a condition: one operator and its operand. */
export function acceptOperator<T extends string>(given: unknown, path: string, operators: readonly T[]): [T, unknown] {
  const condition = object(given, path, operators);
  const [operator, ...more] = Object.keys(condition);
  if (operator === undefined || more.length > 0) throw refuse(`${path}.${operators[0]}`, 'defined', undefined);
  const known = choice(operator, path, operators);
  if (known === 'is_empty' || known === 'is_not_empty') choice(String(condition[known]), `${path}.${known}`, ['true']);
  return [known, condition[known]];
}
