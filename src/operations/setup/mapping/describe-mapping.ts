import { workCalendar } from '../../../entities/calendars.ts';
import { type Entity, type Field, isOptionField, type OptionField } from '../../../entities/define.ts';
import type { KnownProperty } from '../../../notion/schema.ts';
import type { EntityMapping } from './read-mappings.ts';

/** How a field is synced: in both directions, only into SQL, or not at all. */
export type FieldDirection = 'both' | 'to SQL' | 'none';

export interface FieldMapping {
  /** Its name in Notion or Google, as the definition has it. */
  readonly property: string;
  /** The property's type as last read, else the one that the definition has. */
  readonly type: string;
  /** Empty for what is not stored. The type is null where PostgreSQL has no such column. */
  readonly columns: readonly { readonly name: string; readonly type: string | null }[];
  readonly direction: FieldDirection;
  readonly notes: readonly string[];
}

export interface OptionMapping {
  /** As the definition has it; null for one that only Notion has. */
  readonly declared: string | null;
  /** Null when Notion had no such option when it was last read. */
  readonly inNotion: string | null;
  readonly inSql: string | null;
  readonly notes: readonly string[];
}

/** Where the kind of a field is not the name of a type in Notion. */
const TYPES: Partial<Readonly<Record<Field['kind'], string>>> = {
  ...{ relation_one: 'relation', relation_many: 'relation', back_link: 'relation', timestamp: 'date' },
  ...{ body: 'page content', plain: 'text', flag: 'yes or no' },
};

/** The fields of an entity in the order of its definition. */
export const describeFields = ({ entity, source, columnTypes }: EntityMapping): readonly FieldMapping[] =>
  Object.entries(entity.fields).map(([name, field]) => {
    const known = source?.properties[name];
    const isMissing = source !== null && known === undefined && field.kind !== 'body';
    return {
      property: field.property,
      type: known?.type || (TYPES[field.kind] ?? field.kind),
      columns: columnsOf(name, field).map((column) => ({ name: column, type: columnTypes.get(column) ?? null })),
      direction: directionOf(entity, field),
      notes: [...(isMissing ? ['not found in Notion when it was last read'] : []), ...notesOf(field)],
    };
  });

function columnsOf(name: string, field: Field): readonly string[] {
  switch (field.kind) {
    case 'back_link':
      return [];
    case 'relation_many':
      return field.joinColumns.map((column) => `${field.joinTable}.${column}`);
    case 'date':
      return [name, field.timeColumn, field.endColumn].filter((column) => column !== undefined);
    case 'timestamp':
      return [name, field.endColumn].filter((column) => column !== undefined);
    default:
      return [name];
  }
}

function directionOf({ name }: Entity, { kind }: Field): FieldDirection {
  if (kind === 'back_link') return 'none';
  return kind === 'computed' || name === workCalendar.name ? 'to SQL' : 'both';
}

function notesOf(field: Field): readonly string[] {
  switch (field.kind) {
    case 'relation_one':
    case 'relation_many':
      return [
        `a relation to ${field.kind === 'relation_one' ? 'one' : 'many'} of ${field.to}`,
        ...(field.dual === undefined ? [] : [`two-way: its other side is "${field.dual}"`]),
      ];
    case 'back_link':
      return [`the other side of ${field.of}.${field.through}: Notion maintains it`];
    case 'computed':
      return ['computed in Notion: SQL only reads it'];
    case 'select':
      return field.default === undefined ? [] : [`default "${field.default}"`];
    case 'number':
      return [
        ...(field.min === undefined ? [] : [`at least ${field.min}`]),
        ...(field.max === undefined ? [] : [`at most ${field.max}`]),
      ];
    default:
      return [];
  }
}

/** The fields with options, and the names of each option. */
export const describeOptions = (
  mapping: EntityMapping,
): readonly { readonly field: string; readonly property: string; readonly options: readonly OptionMapping[] }[] =>
  Object.entries(mapping.entity.fields).flatMap(([name, field]) =>
    isOptionField(field) ? [{ field: name, property: field.property, options: optionsOf(mapping, name, field) }] : [],
  );

function optionsOf({ entity, source }: EntityMapping, name: string, field: OptionField): readonly OptionMapping[] {
  const known = source?.properties[name];
  const declared = field.options.map((option) => ({
    declared: option,
    ...namesOf(known, known?.declared?.[option]),
    notes: optionNotes(entity, name, option, field),
  }));
  const shown = field.options.map((option) => known?.declared?.[option]);
  const others = Object.keys(known?.options ?? {}).filter((id) => !shown.includes(id));
  return [...declared, ...others.map((id) => ({ declared: null, ...namesOf(known, id), notes: [] }))];
}

/** @param id that the option had when it was first seen, so that a rename in Notion breaks nothing */
function namesOf(known: KnownProperty | undefined, id: string | undefined): Pick<OptionMapping, 'inNotion' | 'inSql'> {
  const inSql = known?.options?.[id ?? ''] ?? null;
  return { inSql, inNotion: known?.namesInNotion?.[id ?? ''] ?? inSql };
}

function optionNotes(entity: Entity, name: string, option: string, field: OptionField): readonly string[] {
  const { archivedStatus, closedStatuses = [], roleFields = {}, roleOptions = {} } = entity;
  const roles = Object.entries(roleOptions).flatMap(([roleField, names]) =>
    (roleFields[roleField] ?? roleField) === name
      ? Object.entries(names).flatMap(([roleOption, own]) => (own === option ? [roleOption] : []))
      : [],
  );
  return [
    ...(field.kind === 'select' && field.default === option ? ['default of a row that is inserted in SQL'] : []),
    ...(name === 'status' && option === archivedStatus ? ['archives the record'] : []),
    ...(name === 'status' && closedStatuses.includes(option) ? [`left out of active_${entity.table}`] : []),
    ...roles.map((role) => `the role's option "${role}"`),
  ];
}
