import type { NumberField } from '../../entities/define.ts';

/** Why a field cannot have this value, or null. */
export function numberProblem({ min, max }: NumberField, value: unknown): string | null {
  const isNumber = typeof value === 'number' && Number.isFinite(value);
  if (isNumber && value >= (min ?? -Infinity) && value <= (max ?? Infinity)) return null;
  return `needs a number${min === undefined && max === undefined ? '' : ` from ${min ?? -Infinity} to ${max ?? Infinity}`}`;
}
