import type { Entity } from '../../entities/define.ts';
import { readCandidates } from '../../operations/search/search-records.ts';
import { nearest, plainTitle } from '../../operations/search/similar.ts';
import type { Titled } from '../../operations/search/titles.ts';
import { type Answer, titleLine, unclear } from './answer.ts';
import type { Reading } from './tool.ts';

const MAX_CHOICES = 5;

/** The record, or the answer when no record or several match. */
export type FoundRecord = { readonly record: Titled } | { readonly answer: Answer };

/** Finds a record by its title or id. Among several with the same title, the one that `isOpen` is chosen. */
export async function findOneRecord(
  reading: Reading,
  entities: readonly Entity[],
  named: string,
  isOpen: (record: Titled) => boolean = () => true,
): Promise<FoundRecord> {
  const { byId, byTitle } = await readCandidates(reading, entities, named);
  const plain = plainTitle(named);
  const same = byId.length > 0 ? byId : byTitle.filter(({ title }) => plainTitle(title) === plain);
  const open = same.filter(isOpen);
  const [record, another] = open.length > 0 ? open : same;
  if (record && !another) return { record: { ...record, title: titleLine(record.title) } };
  const kind = entities.map(({ name }) => name.replaceAll('_', ' ')).join(', ');
  if (record) {
    const choices = (open.length > 0 ? open : same).slice(0, MAX_CHOICES);
    return { answer: unclear(`Several records in ${kind} have the title "${named}". Which one?`, choices) };
  }
  const near = nearest(named, byTitle, MAX_CHOICES);
  const none = `No record in ${kind} has the title "${named}".`;
  return { answer: unclear(near.length > 0 ? `${none} Did you mean one of these?` : none, near) };
}
