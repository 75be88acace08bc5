import type { Database } from '../../database/client.ts';
import { clippedText } from '../../database/clipped-text.ts';
import { literal, quote } from '../../database/entity-sql.ts';
import { nameOf } from '../../definition/named-entities.ts';
import { type Entity, titleField } from '../../entities/define.ts';
import { type Answer, type RecordReference, titleLine, unclear } from './answer.ts';
import { nearest, plainTitle } from './similar.ts';
import type { Reading } from './tool.ts';

const MAX_CHOICES = 5;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A record, with the status that distinguishes it from others of the same title. */
export interface Titled extends RecordReference {
  readonly status: string | null;
}

/** The titles of all records that are not archived. */
export function titlesOf(reading: Pick<Database, 'query'>, entities: readonly Entity[]): Promise<Titled[]> {
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
  return `SELECT ${literal(nameOf(entity))} AS entity, id, ${clippedText(`coalesce(${quote(titleField(entity))}, '')`)} AS title,
                 ${hasStatus ? clippedText('status') : 'NULL'} AS status
            FROM ${quote(table)} WHERE ${conditions.join(' AND ')}`;
}

/** The record, or the answer when no record or several match. */
export type FoundRecord = { readonly record: Titled } | { readonly answer: Answer };

/** Finds a record by its title or id. Among several with the same title, the one that `isOpen` is chosen. */
export async function findOneRecord(
  reading: Reading,
  entities: readonly Entity[],
  named: string,
  isOpen: (record: Titled) => boolean = () => true,
): Promise<FoundRecord> {
  const titles = await titlesOf(reading, entities);
  const plain = plainTitle(named);
  const same = UUID.test(named)
    ? titles.filter(({ id }) => id === named.toLowerCase())
    : titles.filter(({ title }) => plainTitle(title) === plain);
  const open = same.filter(isOpen);
  const [record, another] = open.length > 0 ? open : same;
  if (record && !another) return { record: { ...record, title: titleLine(record.title) } };
  const kind = entities.map(({ name }) => name.replaceAll('_', ' ')).join(', ');
  if (record) {
    const choices = (open.length > 0 ? open : same).slice(0, MAX_CHOICES);
    return { answer: unclear(`Several records in ${kind} have the title "${named}". Which one?`, choices) };
  }
  const near = nearest(named, titles, MAX_CHOICES);
  const none = `No record in ${kind} has the title "${named}".`;
  return { answer: unclear(near.length > 0 ? `${none} Did you mean one of these?` : none, near) };
}
