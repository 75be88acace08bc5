import type { EntityDefinition } from '../../../definition/schema.ts';
import type { Entity, SelectField } from '../../../entities/define.ts';
import { isNameOf } from '../../../notion/option-translations.ts';

/** The special options of a status property. */
export interface Statuses {
  /** The option of archived records; undefined if the page goes to the trash instead. */
  readonly archivedStatus?: string;
  /** Further options that `active_<table>` excludes. */
  readonly closedStatuses?: readonly string[];
}

/** The option that means "archived", or else "cancelled". */
export const archivedOption = (options: readonly string[]): string | undefined =>
  ['Archived', 'Cancelled']
    .map((meaning) => options.find((option) => isNameOf(meaning, option)))
    .find((option) => option !== undefined);

const CLOSED = ['Cancelled', 'Done'];

/** @param archivedStatus the option of archived records, or null */
export function statusesOf({ options }: SelectField, archivedStatus: string | null): Statuses {
  const closed = options.filter(
    (option) => option !== archivedStatus && CLOSED.some((meaning) => isNameOf(meaning, option)),
  );
  return {
    ...(archivedStatus === null ? {} : { archivedStatus }),
    ...(closed.length === 0 ? {} : { closedStatuses: closed }),
  };
}

/** The status field of an entity, if it has one. */
export const statusField = ({ fields: { status } }: Pick<Entity, 'fields'>): SelectField | null =>
  status?.kind === 'select' ? status : null;

/** An entity with the special options of its status, before its fields. */
export const withStatuses = ({ fields, ...facts }: EntityDefinition, statuses: Statuses): EntityDefinition => ({
  ...facts,
  ...statuses,
  fields,
});
