import { allEntities, nameOf } from '../../definition/named-entities.ts';
import type { Field } from '../../entities/define.ts';

interface DescribedField {
  readonly kind: string;
  readonly options?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly links_to?: string;
}

/** Every table as its entity file declares it, by name; the two calendars share one. */
export const describeTables = (): Readonly<Record<string, object>> =>
  Object.fromEntries(
    allEntities().map((entity) => [
      nameOf(entity),
      {
        table: entity.table,
        ...(entity.archivedStatus === undefined ? {} : { archived_status: entity.archivedStatus }),
        fields: Object.fromEntries(Object.entries(entity.fields).map(([name, field]) => [name, described(field)])),
      },
    ]),
  );

function described(field: Field): DescribedField {
  switch (field.kind) {
    case 'select':
    case 'multi_select':
      return { kind: field.kind, options: field.options };
    case 'number':
      return {
        kind: field.kind,
        ...(field.min === undefined ? {} : { min: field.min }),
        ...(field.max === undefined ? {} : { max: field.max }),
      };
    case 'relation_one':
    case 'relation_many':
      return { kind: field.kind, links_to: field.to };
    default:
      return { kind: field.kind };
  }
}
