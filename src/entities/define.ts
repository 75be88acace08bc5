/**
 * The words in which an entity file is written. A field is declared under the
 * name of its SQL column (to-many relations: under a name of their own) and
 * says which Notion property it is kept in step with.
 */

interface FieldBase {
  /** The property's name in Notion. Once discovered it is matched by id. */
  readonly property: string;
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
  /** What a SQL-first row gets when its writer says nothing. */
  readonly default?: string;
}
export interface NumberField extends FieldBase {
  readonly kind: 'number';
  /** A value outside is kept and reported, never dropped. */
  readonly min?: number;
  readonly max?: number;
}
/** A calendar day, with the time of day in a second column where there is one. */
export interface DateField extends FieldBase {
  readonly kind: 'date';
  readonly timeColumn?: string;
}
/** A Notion date kept as an instant (`timestamptz`). */
export interface TimestampField extends FieldBase {
  readonly kind: 'timestamp';
}
/** `url`, `email` and `phone_number` are plain strings on both sides. */
export interface TextField extends FieldBase {
  readonly kind: 'url' | 'email' | 'phone_number';
}
/** A column of a calendar event that is a plain text, or a reference to a row. */
export interface PlainField extends FieldBase {
  readonly kind: 'plain';
  readonly sqlType: 'text' | 'uuid';
}
export interface FlagField extends FieldBase {
  readonly kind: 'flag';
}
/** What stands on the page itself, as Markdown. It is no property, and no listing shows it. */
export interface BodyField {
  readonly kind: 'body';
  /** What messages call it. */
  readonly property: 'page body';
}
export interface ToOneField extends FieldBase {
  readonly kind: 'relation_one';
  readonly to: string;
  /** The property on the other side of a two-way relation, which Notion itself keeps. */
  readonly dual?: string;
}
export interface ToManyField extends FieldBase {
  readonly kind: 'relation_many';
  readonly to: string;
  readonly dual?: string;
  readonly joinTable: string;
  /** The row's own key first. */
  readonly joinColumns: readonly [own: string, other: string];
}
/** The Notion-kept other side of a relation: read as a hint, never written. */
export interface BackLinkField extends FieldBase {
  readonly kind: 'back_link';
  readonly of: string;
  readonly through: string;
}

/** The SQL types in which a computed property can be kept. */
export type ComputedType = 'text' | 'number' | 'boolean' | 'timestamp' | 'date';
/** A property that only Notion says: a formula, a rollup, an author; or any other that SQL shall only read. */
export interface ComputedField extends FieldBase {
  readonly kind: 'computed';
  readonly as: ComputedType;
}

export type RelationField = ToOneField | ToManyField;
export type ScalarField =
  | TitleField
  | RichTextField
  | SelectField
  | NumberField
  | DateField
  | TimestampField
  | TextField;
/** A field that a Notion property can hold. */
export type NotionField = ScalarField | RelationField;
/** A field whose value is synced; back-links and computed ones are not. */
export type SyncedField = NotionField | BodyField | PlainField | FlagField;
export type Field = SyncedField | BackLinkField | ComputedField;

/** Which columns tie a row to its record on the other side. */
export interface RemoteColumns {
  readonly id: string;
  readonly editedAt: string;
}

const NOTION_COLUMNS: RemoteColumns = { id: 'notion_page_id', editedAt: 'notion_last_edited_at' };

export interface Entity {
  readonly name: string;
  readonly table: string;
  /** The database of the owner's workspace; `NOTION_<ENTITY>_DATABASE_ID` overrules it. */
  readonly databaseId: string;
  readonly title: string;
  /** The `status` that says «archived»; a table without one trashes the page instead. */
  readonly archivedStatus?: string;
  /** Statuses besides `archivedStatus` that `active_<table>` leaves out. */
  readonly closedStatuses?: readonly string[];
  readonly fields: Readonly<Record<string, Field>>;
  /** Notion's columns where not given. */
  readonly remote?: RemoteColumns;
  /** The rows of the table that belong to this entity; all where not given. */
  readonly only?: { readonly column: string; readonly value: string };
}

/** What is asked of an entity for every record is worked out once. */
function ofEntity<T>(workOut: (entity: Entity) => T): (entity: Entity) => T {
  const known = new WeakMap<Entity, { readonly value: T }>();
  return (entity) => {
    const found = known.get(entity) ?? { value: workOut(entity) };
    known.set(entity, found);
    return found.value;
  };
}

/** Fields by name, in the order of their declaration. */
export type Named<F> = readonly (readonly [name: string, field: F])[];

/** The fields whose values are synced, by name. */
export const syncedFields = ofEntity(
  (entity): Named<SyncedField> =>
    Object.entries(entity.fields).flatMap(([name, field]) =>
      field.kind === 'back_link' || field.kind === 'computed' ? [] : [[name, field] as const],
    ),
);

export const relationFields = ofEntity(
  (entity): Named<RelationField> =>
    Object.entries(entity.fields).flatMap(([name, field]) =>
      field.kind === 'relation_one' || field.kind === 'relation_many' ? [[name, field] as const] : [],
    ),
);

/** The fields that are taken from Notion as they are, and never sent. */
export const computedFields = ofEntity(
  (entity): Named<ComputedField> =>
    Object.entries(entity.fields).flatMap(([name, field]) =>
      field.kind === 'computed' ? [[name, field] as const] : [],
    ),
);

/** The name of the field that holds the page's body; most entities have none. */
export const bodyField = ofEntity(
  (entity): string | undefined => Object.entries(entity.fields).find(([, { kind }]) => kind === 'body')?.[0],
);

/** The columns that tie this entity's rows to their pages or events. */
export const remoteColumns = ({ remote }: Entity): RemoteColumns => remote ?? NOTION_COLUMNS;

const isNotionField = (field: Field): field is NotionField =>
  !['back_link', 'computed', 'body', 'plain', 'flag'].includes(field.kind);

/** The field that holds a record's title; `summary` for calendar events. */
export const titleField = (entity: Entity): string =>
  syncedFields(entity).find(([, { kind }]) => kind === 'title')?.[0] ?? 'summary';

/** The fields that are properties in Notion, by name: all that are synced, but for a calendar's. */
export const notionFields = ofEntity(
  (entity): Named<NotionField> =>
    Object.entries(entity.fields).flatMap(([name, field]) => (isNotionField(field) ? [[name, field] as const] : [])),
);

/** Declares one entity; see `docs/guide.md`, «An eleventh database». */
export const defineEntity = (entity: Entity): Entity => entity;

type Options<F> = Omit<F, 'kind' | 'property' | 'to' | 'of' | 'through' | 'options' | 'joinTable' | 'joinColumns'>;

export const title = (property: string): TitleField => ({ kind: 'title', property });
export const richText = (property: string): RichTextField => ({ kind: 'rich_text', property });
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
export const timestamp = (property: string): TimestampField => ({ kind: 'timestamp', property });
export const url = (property: string): TextField => ({ kind: 'url', property });
export const email = (property: string): TextField => ({ kind: 'email', property });
export const phoneNumber = (property: string): TextField => ({ kind: 'phone_number', property });
export const plain = (property: string, sqlType: PlainField['sqlType'] = 'text'): PlainField => ({
  kind: 'plain',
  property,
  sqlType,
});
export const body = (): BodyField => ({ kind: 'body', property: 'page body' });
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
export const computed = (property: string, as: ComputedType): ComputedField => ({ kind: 'computed', property, as });
