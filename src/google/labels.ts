import { gmail } from '@googleapis/gmail';
import { RecordError } from '../errors.ts';
import type { GoogleApi } from './google-api.ts';

/** A label of the mailbox that is not built in. */
export interface Label {
  readonly id: string;
  readonly name: string;
}

/**
 * The labels of a mailbox, without access to its messages.
 * @see https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.labels
 */
export interface Mailbox {
  list(): Promise<readonly Label[]>;
  /** @throws RecordError when the name is refused or already in use */
  create(name: string): Promise<Label>;
  /** @throws RecordError when the name is refused or already in use, or the label is gone */
  rename(id: string, name: string): Promise<void>;
  /** Whether any message or thread has the label; false when the label is gone. */
  hasMail(id: string): Promise<boolean>;
  delete(id: string): Promise<void>;
}

const ME = { userId: 'me' } as const;

export function openMailbox(api: GoogleApi): Mailbox {
  const { labels } = gmail({ version: 'v1', ...api.otherApi }).users;
  const about = (kind: 'read' | 'write', what: string) => ({ kind, what, service: 'gmail', ofEvent: true }) as const;
  return {
    list: async () => {
      const all = await api.call({ kind: 'read', what: 'the labels', service: 'gmail' }, () => labels.list(ME));
      return (all.labels ?? []).flatMap(({ id, name, type }) => (id && name && type === 'user' ? [{ id, name }] : []));
    },
    create: async (name) => {
      const requestBody = { name, labelListVisibility: 'labelShow', messageListVisibility: 'show' };
      const { id } = await api.call(about('write', `the label ${name}`), () => labels.create({ ...ME, requestBody }));
      return { id: id ?? '', name };
    },
    rename: async (id, name) => {
      const requestBody = { name };
      await api.call(about('write', `the label ${name}`), () => labels.patch({ ...ME, id, requestBody }));
    },
    hasMail: async (id) => {
      try {
        const label = await api.call(about('read', `the label ${id}`), () => labels.get({ ...ME, id }));
        // A count that is missing may be anything.
        return label.messagesTotal !== 0 || label.threadsTotal !== 0;
      } catch (error) {
        if (isGone(error)) return false;
        throw error;
      }
    },
    delete: async (id) => {
      await api
        .call(about('write', `the label ${id}`), () => labels.delete({ ...ME, id }))
        .catch((error: unknown) => {
          if (!isGone(error)) throw error;
        });
    },
  };
}

const isGone = (error: unknown): boolean => error instanceof RecordError && error.code === 'not_found';
