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
      return [name, field.timeColumn, field.endColumn].filter((column) => column !== undefined).join(' and ');
    case 'timestamp':
      return field.endColumn === undefined ? `${name}, date with time` : `${name} and ${field.endColumn}, with time`;
    case 'multi_select':
      return `${name}, an array of options`;
    case 'people':
      return `${name}, an array of user ids`;
    case 'files':
      return `${name}, an array of addresses`;
    case 'place':
      return `${name}, coordinates with a name`;
    case 'computed':
      return `${name}, read-only`;
    case 'select':
      return field.default === undefined ? name : `${name}, default "${field.default}"`;
    default:
      return name;
  }
}
