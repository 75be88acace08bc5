import type { Entity, SelectField } from '../../../entities/define.ts';
import { plain } from '../init/words.ts';

const ARCHIVED = [
  ...['archived', 'archive', 'archiviert', 'archivee', 'archivado', 'archivada', 'archiviato', 'arquivado'],
  'gearchiveerd',
];
const CANCELLED = [
  ...['cancelled', 'canceled', 'abgebrochen', 'storniert', 'annule', 'annulee', 'cancelado', 'cancelada', 'annullato'],
  'geannuleerd',
];
const DONE = ['done', 'erledigt', 'fertig', 'termine', 'hecho', 'fatto', 'feito', 'klaar'];

/** What the options of a status mean. */
export interface Statuses {
  /** The option that archives; undefined where the page goes to the trash instead. */
  readonly archivedStatus?: string;
  /** Those that are left out of `active_<table>` as well. */
  readonly closedStatuses?: readonly string[];
}

/** The option that says «archived», else the one that says «cancelled». */
export const archivedOption = (options: readonly string[]): string | undefined =>
  [ARCHIVED, CANCELLED].map((words) => options.find(says(words))).find((option) => option !== undefined);

/** @param archivedStatus the option that archives, or null for none */
export function statusesOf({ options }: SelectField, archivedStatus: string | null): Statuses {
  const closed = options.filter((option) => option !== archivedStatus && says([...CANCELLED, ...DONE])(option));
  return {
    ...(archivedStatus === null ? {} : { archivedStatus }),
    ...(closed.length === 0 ? {} : { closedStatuses: closed }),
  };
}

const says =
  (words: readonly string[]) =>
  (option: string): boolean =>
    words.includes(plain(option));

/** The column that tells whether a row is archived. */
export const statusField = ({ fields: { status } }: Pick<Entity, 'fields'>): SelectField | null =>
  status?.kind === 'select' ? status : null;
