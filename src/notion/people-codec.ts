import type { PageObjectResponse, UpdatePageParameters } from '@notionhq/client';
import type { PeopleField } from '../entities/define.ts';
import { RecordError } from '../errors.ts';
import { parseNotionId } from '../shared/notion-id.ts';
import type { Json } from '../sync/types.ts';
import type { Decoded } from './text-codec.ts';
import { checkCount } from './value-limits.ts';

type PeopleProperty = Extract<PageObjectResponse['properties'][string], { type: 'people' }>;
type PeopleWrite = Extract<NonNullable<UpdatePageParameters['properties']>[string], { people: unknown }>['people'];

const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** An id as Notion returns it. An e-mail is kept as it is. */
export function canonicalPerson(person: string): string {
  const text = person.trim();
  return UUID.test(text) ? (parseNotionId(text) ?? text) : text;
}

/** The ids of users and groups. The residue tells which are groups. */
export function decodePeople({ people }: PeopleProperty): Decoded {
  const value = [...new Set(people.map(({ id }) => id))];
  const groups = people.flatMap((one) => (one.object === 'group' ? [one.id] : []));
  return groups.length > 0 ? { value, residue: groups } : { value };
}

export function encodePeople(
  { property }: PeopleField,
  ids: readonly string[],
  residue: Json | undefined,
): PeopleWrite {
  // The residue was written by `decodePeople`.
  const groups = (residue ?? []) as readonly string[];
  const wrong = ids.find((id) => !UUID.test(id));
  if (wrong !== undefined) {
    throw new RecordError(
      'not_a_person',
      `"${property}" cannot be set to "${wrong}": write the id of a Notion user, or the e-mail of one.`,
    );
  }
  checkCount(property, ids, 'people');
  return ids.map((id) => (groups.includes(id) ? { object: 'group', id } : { object: 'user', id }));
}
