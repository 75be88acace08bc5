import type { Entity } from '../entities/define.ts';
import type { Issue } from './ports.ts';
import type { Fields } from './types.ts';

/** Numbers outside their field's bounds. They are kept and reported. */
export function findOutOfRange(entity: Entity, recordId: string, fields: Fields): Issue[] {
  return Object.entries(entity.fields).flatMap(([name, field]) => {
    const value = fields[name];
    if (field.kind !== 'number' || typeof value !== 'number') return [];
    const { min = -Infinity, max = Infinity } = field;
    if (value >= min && value <= max) return [];
    return [
      {
        code: 'out_of_range',
        message: `${entity.name}: ${field.property} is ${value}, outside ${min} to ${max}; the value was kept`,
        record: recordId,
      },
    ];
  });
}
