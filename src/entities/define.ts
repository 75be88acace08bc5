/**
 * Declares entities. A field is named after its SQL column (a to-many relation
 * has its own name) and states which Notion property it is synced with.
 */

interface FieldBase {
  /** The property's name in Notion. Once found, it is matched by id. */
  readonly property: string;
  /** The field's name in an earlier definition: `lockstep migrate` renames its column, and everything remembered about it. */
  readonly renamedFrom?: string;
}

export interface TitleField extends FieldBase {
  readonly kind: 'title';
}
export interface RichTextField extends FieldBase {
  readonly kind: 'rich_text';
}
export interface SelectField extends FieldBase {
  readonly kind: 'select';
  readonly options: readonly string[];
  /** The value of a SQL-first row that is inserted without one. */
  readonly default?: string;
}
export interface NumberField extends FieldBase {
  readonly kind: 'number';
  /** A value out of range is kept and reported, never dropped. */
  readonly min?: number;
  readonly max?: number;
}
/**
 * A calendar day. `timeColumn` holds its time of day, and `endColumn` the day of its end. Without them, SQL does not see these,
 * and they are kept; the time of an end always is.
 */
export interface DateField extends FieldBase {
  readonly kind: 'date';
  readonly timeColumn?: string;
  readonly endColumn?: string;
}
/** A Notion date kept as an instant (`timestamptz`); `endColumn` holds the instant of its end. */
export interface TimestampField extends FieldBase {
  readonly kind: 'timestamp';
  readonly endColumn?: string;
}
/** `url`, `email` and `phone_number` are plain strings on both sides. */
export interface TextField extends FieldBase {
  readonly kind: 'url' | 'email' | 'phone_number';
}
/** Never empty in Notion: an empty column counts as not checked. */
export interface CheckboxField extends FieldBase {
  readonly kind: 'checkbox';
}
/** Names of options, in Notion's order. */
export interface MultiSelectField extends FieldBase {
  readonly kind: 'multi_select';
  readonly options: readonly string[];
}
/** Ids of users and groups; an e-mail that is written in SQL becomes the id of its user. */
export interface PeopleField extends FieldBase {
  readonly kind: 'people';
}
/** The addresses of linked files. Uploaded files stay in Notion, next to them. */
export interface FilesField extends FieldBase {
  readonly kind: 'files';
}
/** A place as text: its coordinates, with its name before them. */
export interface PlaceField extends FieldBase {
  readonly kind: 'place';
}
/** Whether a page of a wiki is verified: `verified`, `expired` or null. */
export interface VerificationField extends FieldBase {
  readonly kind: 'verification';
}
/** A column of a calendar event: plain text, or a reference to a row. */
export interface PlainField extends FieldBase {
  readonly kind: 'plain';
  readonly sqlType: 'text' | 'uuid';
}
export interface FlagField extends FieldBase {
  readonly kind: 'flag';
}
/** The page's content, as Markdown. It is not a property, and listings leave it out. */
export interface BodyField {
  readonly kind: 'body';
  /** Its name in messages. */
  readonly property: 'page body';
  readonly renamedFrom?: string;
}
export interface ToOneField extends FieldBase {
  readonly kind: 'relation_one';
  readonly to: string;
  /** The other property of a two-way relation, which Notion maintains. */
  readonly dual?: string;
}
export interface ToManyField extends FieldBase {
  readonly kind: 'relation_many';
  readonly to: string;
  readonly dual?: string;
  readonly joinTable: string;
  /** The row's own key comes first. */
  readonly joinColumns: readonly [own: string, other: string];
}
/** The other side of a two-way relation, maintained by Notion: read as a hint, never written. */
export interface BackLinkField extends FieldBase {
  readonly kind: 'back_link';
  readonly of: string;
  readonly through: string;
}

/** The SQL types in which a computed property can be kept. */
export type ComputedType = 'text' | 'number' | 'boolean' | 'timestamp' | 'date';
/** A property that only Notion sets (a formula, a rollup, an author), or that SQL only reads. */
export interface ComputedField extends FieldBase {
  readonly kind: 'computed';
  readonly as: ComputedType;
}

export type RelationField = ToOneField | ToManyField;
/** A field that is an array in SQL, and keeps the order of its elements. */
export type ListField = MultiSelectField | PeopleField | FilesField;
/** A field whose values are options of its property. */
export type OptionField = SelectField | MultiSelectField;
export type ScalarField =
  | TitleField
  | RichTextField
  | SelectField
  | NumberField
  | DateField
  | TimestampField
  | TextField
  | CheckboxField
  | PlaceField
  | VerificationField
  | ListField;
/** A field that a Notion property can hold. */
export type NotionField = ScalarField | RelationField;
/** A field whose value is synced. Back-links and computed fields are not. */
export type SyncedField = NotionField | BodyField | PlainField | FlagField;
export type Field = SyncedField | BackLinkField | ComputedField;

/** The columns that link a row to its remote record. */
export interface RemoteColumns {
  readonly id: string;
  readonly editedAt: string;
}

const NOTION_COLUMNS: RemoteColumns = { id: 'notion_page_id', editedAt: 'notion_last_edited_at' };

export interface Entity {
  readonly name: string;
  /** Its name in an earlier definition: `lockstep migrate` renames its table, and everything remembered about it. */
  readonly renamedFrom?: string;
  readonly table: string;
  /** The database in the owner's workspace; `NOTION_<ENTITY>_DATABASE_ID` overrides it. */
  readonly databaseId: string;
  readonly title: string;
  /** The `status` of archived records. An entity without one moves the page to the trash instead. */
  readonly archivedStatus?: string;
  /** Statuses besides `archivedStatus` that `active_<table>` leaves out. */
  readonly closedStatuses?: readonly string[];
  readonly fields: Readonly<Record<string, Field>>;
  /** What features use it as, such as `tasks`. A built-in entity has its role by its name. */
  readonly role?: string;
  /** The names of its fields, by those of the role. Default: the same names. */
  readonly roleFields?: Readonly<Record<string, string>>;
  /** The names of its options, by field of the role and by the role's name of the option. Default: the same names. */
  readonly roleOptions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Fields that make one value: a conflict takes all of them from one side. */
  readonly oneValue?: readonly string[];
  /** Default: Notion's columns. */
  readonly remote?: RemoteColumns;
  /** The rows of the table that belong to this entity. Default: all. */
  readonly only?: { readonly column: string; readonly value: string };
}

/** Computes a property of an entity once. */
function memoized<T>(compute: (entity: Entity) => T): (entity: Entity) => T {
  const known = new WeakMap<Entity, { readonly value: T }>();
  return (entity) => {
    const found = known.get(entity) ?? { value: compute(entity) };
    known.set(entity, found);
    return found.value;
  };
}

/** Fields by name, in the order of their declaration. */
export type Named<F> = readonly (readonly [name: string, field: F])[];

/** The fields whose values are synced, by name. */
export const syncedFields = memoized(
  (entity): Named<SyncedField> =>
    Object.entries(entity.fields).flatMap(([name, field]) =>
      field.kind === 'back_link' || field.kind === 'computed' ? [] : [[name, field] as const],
    ),
);

export const relationFields = memoized(
  (entity): Named<RelationField> =>
    Object.entries(entity.fields).flatMap(([name, field]) =>
      field.kind === 'relation_one' || field.kind === 'relation_many' ? [[name, field] as const] : [],
    ),
);

/** The fields that are taken from Notion and never sent. */
export const computedFields = memoized(
  (entity): Named<ComputedField> =>
    Object.entries(entity.fields).flatMap(([name, field]) =>
      field.kind === 'computed' ? [[name, field] as const] : [],
    ),
);

export const isListField = (field: Field): field is ListField =>
  field.kind === 'multi_select' || field.kind === 'people' || field.kind === 'files';

export const isOptionField = (field: Field): field is OptionField =>
  field.kind === 'select' || field.kind === 'multi_select';

/** The names of the fields that are arrays in SQL. */
export const listFields = memoized((entity): readonly string[] =>
  syncedFields(entity).flatMap(([name, field]) => (isListField(field) ? [name] : [])),
);

/** The relations to many records; each has a table. */
export const joinsOf = memoized((entity): readonly ToManyField[] =>
  relationFields(entity).flatMap(([, field]) => (field.kind === 'relation_many' ? [field] : [])),
);

/** The table of an entity, and those of its relations to many records. */
export const tablesOf = (entity: Entity): readonly string[] => [
  entity.table,
  ...joinsOf(entity).map(({ joinTable }) => joinTable),
];

/** The names of the relations to many records. */
export const linkListFields = memoized((entity): readonly string[] =>
  relationFields(entity).flatMap(([name, { kind }]) => (kind === 'relation_many' ? [name] : [])),
);

/** The neutral value of a field that is empty. */
export function emptyValue(field: Field): false | null | readonly string[] {
  if (field.kind === 'relation_many' || isListField(field)) return [];
  return field.kind === 'checkbox' || field.kind === 'flag' ? false : null;
}

/** The name of the body field; most entities have none. */
export const bodyField = memoized(
  (entity): string | undefined => Object.entries(entity.fields).find(([, { kind }]) => kind === 'body')?.[0],
);

/** The columns that link this entity's rows to their pages or events. */
export const remoteColumns = ({ remote }: Entity): RemoteColumns => remote ?? NOTION_COLUMNS;

const isNotionField = (field: Field): field is NotionField =>
  !['back_link', 'computed', 'body', 'plain', 'flag'].includes(field.kind);

/** The field that holds a record's title; `summary` for calendar events. */
export const titleField = (entity: Entity): string =>
  syncedFields(entity).find(([, { kind }]) => kind === 'title')?.[0] ?? 'summary';

/** The synced fields that are Notion properties, by name. */
export const notionFields = memoized(
  (entity): Named<NotionField> =>
    Object.entries(entity.fields).flatMap(([name, field]) => (isNotionField(field) ? [[name, field] as const] : [])),
);

/** Declares one entity. See `docs/guide.md`. */
export const defineEntity = (entity: Entity): Entity => entity;

type Options<F> = Omit<
  F,
  'kind' | 'property' | 'to' | 'of' | 'through' | 'options' | 'joinTable' | 'joinColumns' | 'as'
>;

export const title = (property: string, more: Options<TitleField> = {}): TitleField => ({
  kind: 'title',
  property,
  ...more,
});
export const richText = (property: string, more: Options<RichTextField> = {}): RichTextField => ({
  kind: 'rich_text',
  property,
  ...more,
});
export const select = (property: string, options: readonly string[], more: Options<SelectField> = {}): SelectField => ({
  kind: 'select',
  property,
  options,
  ...more,
});
export const number = (property: string, more: Options<NumberField> = {}): NumberField => ({
  kind: 'number',
  property,
  ...more,
});
export const date = (property: string, more: Options<DateField> = {}): DateField => ({
  kind: 'date',
  property,
  ...more,
});
export const timestamp = (property: string, more: Options<TimestampField> = {}): TimestampField => ({
  kind: 'timestamp',
  property,
  ...more,
});
export const url = (property: string, more: Options<TextField> = {}): TextField => ({
  kind: 'url',
  property,
  ...more,
});
export const email = (property: string, more: Options<TextField> = {}): TextField => ({
  kind: 'email',
  property,
  ...more,
});
export const phoneNumber = (property: string, more: Options<TextField> = {}): TextField => ({
  kind: 'phone_number',
  property,
  ...more,
});
export const checkbox = (property: string, more: Options<CheckboxField> = {}): CheckboxField => ({
  kind: 'checkbox',
  property,
  ...more,
});
export const multiSelect = (
  property: string,
  options: readonly string[],
  more: Options<MultiSelectField> = {},
): MultiSelectField => ({ kind: 'multi_select', property, options, ...more });
export const people = (property: string, more: Options<PeopleField> = {}): PeopleField => ({
  kind: 'people',
  property,
  ...more,
});
export const files = (property: string, more: Options<FilesField> = {}): FilesField => ({
  kind: 'files',
  property,
  ...more,
});
export const place = (property: string, more: Options<PlaceField> = {}): PlaceField => ({
  kind: 'place',
  property,
  ...more,
});
export const verification = (property: string, more: Options<VerificationField> = {}): VerificationField => ({
  kind: 'verification',
  property,
  ...more,
});
export const plain = (property: string, sqlType: PlainField['sqlType'] = 'text'): PlainField => ({
  kind: 'plain',
  property,
  sqlType,
});
export const body = (more: Options<BodyField> = {}): BodyField => ({ kind: 'body', property: 'page body', ...more });
export const flag = (property: string): FlagField => ({ kind: 'flag', property });
export const relationToOne = (property: string, to: string, more: Options<ToOneField> = {}): ToOneField => ({
  kind: 'relation_one',
  property,
  to,
  ...more,
});
export const relationToMany = (
  property: string,
  to: string,
  joinTable: string,
  joinColumns: readonly [own: string, other: string],
  more: Options<ToManyField> = {},
): ToManyField => ({ kind: 'relation_many', property, to, joinTable, joinColumns, ...more });
export const backLink = (property: string, of: string, through: string): BackLinkField => ({
  kind: 'back_link',
  property,
  of,
  through,
});
export const computed = (property: string, as: ComputedType, more: Options<ComputedField> = {}): ComputedField => ({
  kind: 'computed',
  property,
  as,
  ...more,
});
