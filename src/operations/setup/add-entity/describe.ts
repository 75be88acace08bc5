import type { Field } from '../../../entities/define.ts';

/** What becomes of a property, in a few words. */
export function describeField(name: string, field: Field): string {
  switch (field.kind) {
    case 'relation_many':
      return `table ${field.joinTable} (${field.joinColumns.join(', ')})`;
    case 'back_link':
      return 'the other side of a relation: Notion keeps it';
    case 'relation_one':
      return `${name}, a row of ${field.to}`;
    case 'date':
      return field.timeColumn === undefined ? name : `${name}, and ${field.timeColumn}`;
    case 'timestamp':
      return `${name}, a moment`;
    case 'computed':
      return `${name}, only read`;
    case 'select':
      return field.default === undefined ? name : `${name}, «${field.default}» by default`;
    default:
      return name;
  }
}
