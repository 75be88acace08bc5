import { literal, quote } from '../../database/entity-sql.ts';
import { type Entity, titleField } from '../../entities/define.ts';
import { nameOf } from '../../entities/named-entities.ts';
import { type Answer, type RecordReference, unclear } from './answer.ts';
import { nearest, plainTitle } from './similar.ts';
import type { Reading } from './tool.ts';

const MOST_CHOICES = 5;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A record, and what tells it from others of its title. */
export interface Titled extends RecordReference {
  readonly status: string | null;
}

/** Every title there is, but for what is archived. */
export function titlesOf(reading: Reading, entities: readonly Entity[]): Promise<Titled[]> {
  return reading.query<Titled>(entities.map(titlesStatement).join(' UNION ALL '));
}

function titlesStatement(entity: Entity): string {
  const { table, only, archivedStatus } = entity;
  const hasStatus = 'status' in entity.fields;
  const conditions = [
    'archived_at IS NULL',
    ...(only ? [`${quote(only.column)} = ${literal(only.value)}`] : []),
    ...(hasStatus && archivedStatus ? [`status IS DISTINCT FROM ${literal(archivedStatus)}`] : []),
  ];
  return `SELECT ${literal(nameOf(entity))} AS entity, id, coalesce(${quote(titleField(entity))}, '') AS title,
                 ${hasStatus ? 'status' : 'NULL'} AS status
            FROM ${quote(table)} WHERE ${conditions.join(' AND ')}`;
}

/** The one record that is meant, or what to answer where that is not clear. */
export type FoundRecord = { readonly record: Titled } | { readonly answer: Answer };

/** Looks for a record by its title or id. Of several with that very title it is the one that `isOpen`. */
export async function findOneRecord(
  reading: Reading,
  entities: readonly Entity[],
  said: string,
  isOpen: (record: Titled) => boolean = () => true,
): Promise<FoundRecord> {
  const titles = await titlesOf(reading, entities);
  const plain = plainTitle(said);
  const same = UUID.test(said)
    ? titles.filter(({ id }) => id === said.toLowerCase())
    : titles.filter(({ title }) => plainTitle(title) === plain);
  const open = same.filter(isOpen);
  const [record, another] = open.length > 0 ? open : same;
  if (record && !another) return { record };
  const kind = entities.map(({ name }) => name.replaceAll('_', ' ')).join(', ');
  if (record) {
    const choices = (open.length > 0 ? open : same).slice(0, MOST_CHOICES);
    return { answer: unclear(`More than one of ${kind} is called «${said}». Which one?`, choices) };
  }
  const near = nearest(said, titles, MOST_CHOICES);
  const none = `Nothing in ${kind} is called «${said}».`;
  return { answer: unclear(near.length > 0 ? `${none} Do you mean one of these?` : none, near) };
}
