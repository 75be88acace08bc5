import type { EntityDefinition } from '../../../definition/schema.ts';
import type { Entity, SelectField } from '../../../entities/define.ts';
import { plain } from '../init/name-likeness.ts';

const ARCHIVED = [
  ...['archived', 'archive', 'archiviert', 'archivee', 'archivado', 'archivada', 'archiviato', 'arquivado'],
  'gearchiveerd',
];
const CANCELLED = [
  ...['cancelled', 'canceled', 'abgebrochen', 'storniert', 'annule', 'annulee', 'cancelado', 'cancelada', 'annullato'],
  'geannuleerd',
];
const DONE = ['done', 'erledigt', 'fertig', 'termine', 'hecho', 'fatto', 'feito', 'klaar'];

/** The special options of a status property. */
export interface Statuses {
  /** The option of archived records; undefined if the page goes to the trash instead. */
  readonly archivedStatus?: string;
  /** Further options that `active_<table>` excludes. */
  readonly closedStatuses?: readonly string[];
}

/** The option that means "archived", or else "cancelled". */
export const archivedOption = (options: readonly string[]): string | undefined =>
  [ARCHIVED, CANCELLED].map((words) => options.find(isOneOf(words))).find((option) => option !== undefined);

/** @param archivedStatus the option of archived records, or null */
export function statusesOf({ options }: SelectField, archivedStatus: string | null): Statuses {
  const closed = options.filter((option) => option !== archivedStatus && isOneOf([...CANCELLED, ...DONE])(option));
  return {
    ...(archivedStatus === null ? {} : { archivedStatus }),
    ...(closed.length === 0 ? {} : { closedStatuses: closed }),
  };
}

const isOneOf =
  (words: readonly string[]) =>
  (option: string): boolean =>
    words.includes(plain(option));

/** The status field of an entity, if it has one. */
export const statusField = ({ fields: { status } }: Pick<Entity, 'fields'>): SelectField | null =>
  status?.kind === 'select' ? status : null;

/** An entity with the special options of its status, before its fields. */
export const withStatuses = ({ fields, ...facts }: EntityDefinition, statuses: Statuses): EntityDefinition => ({
  ...facts,
  ...statuses,
  fields,
});
