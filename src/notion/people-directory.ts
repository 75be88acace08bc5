import type { ListUsersResponse } from '@notionhq/client';
import { type Entity, type NotionField, notionFields } from '../entities/define.ts';
import { isEmail } from '../entities/person.ts';
import { FinalError, RecordError } from '../errors.ts';
import type { Fields, Value } from '../sync/types.ts';
import type { NotionApi } from './notion-api.ts';

interface Resolved {
  /** All fields that can be sent, with ids in place of e-mails. */
  readonly fields: Fields;
  /** Those of them in which an e-mail was replaced. */
  readonly replaced: Fields;
  /** Fields with an e-mail that leads to nobody. */
  readonly refused: Readonly<Record<string, RecordError>>;
}

/** Finds the ids of people by their e-mails. The users are read once, and only if a row names somebody by e-mail. */
export class PeopleDirectory {
  readonly #api: NotionApi;
  readonly #entity: Entity;
  readonly #fields: ReadonlyMap<string, NotionField>;
  #users: Promise<ReadonlyMap<string, string> | null> | undefined;

  constructor(api: NotionApi, entity: Entity) {
    this.#api = api;
    this.#entity = entity;
    this.#fields = new Map(notionFields(entity).filter(([, { kind }]) => kind === 'people'));
  }

  async resolve(fields: Fields): Promise<Resolved> {
    const replaced: Record<string, Value> = {};
    const refused: Record<string, RecordError> = {};
    for (const [name, field] of this.#fields) {
      const value = fields[name];
      if (typeof value !== 'object' || value === null || !value.some(isEmail)) continue;
      try {
        replaced[name] = await this.#toIds(field.property, value);
      } catch (error) {
        if (!(error instanceof RecordError)) throw error;
        refused[name] = error;
      }
    }
    const kept = Object.entries(fields).filter(([name]) => refused[name] === undefined);
    return { fields: { ...Object.fromEntries(kept), ...replaced }, replaced, refused };
  }

  async #toIds(property: string, people: readonly string[]): Promise<readonly string[]> {
    this.#users ??= this.#readUsers();
    const users = await this.#users;
    const ids = people.map((person) => {
      const id = isEmail(person) ? users?.get(person.toLowerCase()) : person;
      if (id !== undefined) return id;
      throw users === null ? usersUnreadable(property, person) : personUnknown(property, person);
    });
    return [...new Set(ids)];
  }

  /** Ids by e-mail in lower case; null when the integration may not read users. */
  async #readUsers(): Promise<ReadonlyMap<string, string> | null> {
    const found = new Map<string, string>();
    const purpose = { entity: this.#entity.name, kind: 'read', what: 'the users' } as const;
    try {
      let cursor: string | null = null;
      do {
        const start = cursor === null ? {} : { start_cursor: cursor };
        const answer: ListUsersResponse = await this.#api.call(purpose, (client) =>
          client.users.list({ page_size: 100, ...start }),
        );
        for (const user of answer.results) {
          if (user.type === 'person' && user.person.email) found.set(user.person.email.toLowerCase(), user.id);
        }
        cursor = answer.next_cursor;
      } while (cursor !== null);
    } catch (error) {
      if (error instanceof FinalError && error.code === 'restricted') return null;
      throw error;
    }
    return found;
  }
}

const usersUnreadable = (property: string, email: string): RecordError =>
  new RecordError(
    'users_unreadable',
    `"${property}" cannot be set to "${email}": the integration may not read users. Allow it to read user information including e-mails, or write the user's id.`,
  );

const personUnknown = (property: string, email: string): RecordError =>
  new RecordError(
    'person_unknown',
    `"${property}" cannot be set to "${email}": no user that the integration can see has this e-mail. Correct it, invite the user, allow the integration to read e-mails, or write the user's id.`,
  );
