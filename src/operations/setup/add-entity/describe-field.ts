import type { Field } from '../../../entities/define.ts';

/** Describes in a few words how a property is stored. */
export function describeField(name: string, field: Field): string {
  switch (field.kind) {
    case 'relation_many':
      return `table ${field.joinTable} (${field.joinColumns.join(', ')})`;
    case 'back_link':
      return 'other side of a relation, maintained by Notion';
    case 'relation_one':
      return `${name}, a row of ${field.to}`;
    case 'date':
      return field.timeColumn === undefined ? name : `${name} and ${field.timeColumn}`;
    case 'timestamp':
      return `${name}, date with time`;
    case 'computed':
      return `${name}, read-only`;
    case 'select':
      return field.default === undefined ? name : `${name}, default "${field.default}"`;
    default:
      return name;
  }
}
