import { Answer, type Asked, checkQuery, type StandIn, startStandIn } from './server.ts';

export interface StoredContact {
  readonly id: string;
  readonly name?: string;
  readonly emails: readonly string[];
  /** The last is the primary one. */
  readonly phones?: readonly string[];
}

export interface StoredLabel {
  readonly id: string;
  name: string;
  readonly type: 'user' | 'system';
  messages: number;
  threads: number;
}

export interface GoogleStandIn extends StandIn {
  contacts: StoredContact[];
  readonly labels: StoredLabel[];
  /** The scopes that the account's owner has granted. */
  scopes: readonly string[];
  readonly refreshToken: string;
}

export const CONTACTS = 'https://www.googleapis.com/auth/contacts.readonly';
export const LABELS = 'https://www.googleapis.com/auth/gmail.labels';
export const CLIENT = { id: 'client-id', secret: 'not-to-be-shown' } as const;
const REFRESH_TOKEN = '1//refresh-not-to-be-shown';
const ACCESS_TOKEN = 'ya29.access-not-to-be-shown';
const PAGE_SIZE = 1_000;
const MAX_CHARACTERS = 225;

/**
 * Google's token endpoint, the contacts of the People API, and Gmail's labels, of one account.
 * @see https://developers.google.com/people/api/rest/v1/people.connections/list
 * @see https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.labels
 */
export async function startGoogle(): Promise<GoogleStandIn> {
  const labels: StoredLabel[] = ['INBOX', 'SENT', 'TRASH'].map((name) => ({
    ...{ id: name, name, type: 'system', messages: 3, threads: 2 },
  }));
  let created = 0;
  const server = await startStandIn((asked) => {
    const { pathname } = asked.url;
    if (pathname === '/token') return token(asked);
    if (pathname === '/v1/people/me/connections') return connections(asked);
    const [, id] = /^\/gmail\/v1\/users\/me\/labels(?:\/([^/]+))?$/.exec(pathname) ?? [];
    if (pathname.startsWith('/gmail/v1/users/me/labels')) return mailbox(asked, id);
    return new Answer(404, { error: { code: 404, message: 'Not Found', status: 'NOT_FOUND' } });
  });
  const google: GoogleStandIn = { ...server, contacts: [], labels, scopes: [], refreshToken: REFRESH_TOKEN };

  function token({ method, body }: Asked): Answer {
    const form = new URLSearchParams(body);
    const isKnown = form.get('client_id') === CLIENT.id && form.get('client_secret') === CLIENT.secret;
    if (method !== 'POST' || !isKnown) return new Answer(401, { error: 'invalid_client' });
    const isRefresh = form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === REFRESH_TOKEN;
    if (!isRefresh) return new Answer(400, { error: 'invalid_grant' });
    const scope = google.scopes.join(' ');
    return new Answer(200, { access_token: ACCESS_TOKEN, expires_in: 3599, scope, token_type: 'Bearer' });
  }

  function authorize({ headers }: Asked, scope: string, refusal: object): void {
    if (headers.authorization !== `Bearer ${ACCESS_TOKEN}`) {
      throw new Answer(401, { error: { code: 401, message: 'Invalid Credentials', status: 'UNAUTHENTICATED' } });
    }
    if (!google.scopes.includes(scope)) throw new Answer(403, { error: refusal });
  }

  function connections(asked: Asked): Answer {
    authorize(asked, CONTACTS, {
      code: 403,
      message: 'Request had insufficient authentication scopes.',
      status: 'PERMISSION_DENIED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
          domain: 'googleapis.com',
        },
      ],
    });
    if (asked.method !== 'GET') throw new Error('only GET');
    checkQuery(asked, ['personFields'], ['pageSize', 'pageToken']);
    const { searchParams } = asked.url;
    const known = ['names', 'emailAddresses', 'phoneNumbers'];
    const fields = (searchParams.get('personFields') ?? '').split(',');
    if (!fields.every((field) => known.includes(field))) throw new Error('personFields');
    const size = Number(searchParams.get('pageSize') ?? 100);
    if (size < 1 || size > PAGE_SIZE) return new Answer(400, { error: { code: 400, status: 'INVALID_ARGUMENT' } });
    const start = Number(searchParams.get('pageToken') ?? 0);
    const page = google.contacts.slice(start, start + size);
    const end = start + page.length;
    return new Answer(200, {
      // Google omits empty members.
      ...(page.length > 0 ? { connections: page.map(toPerson) } : {}),
      ...(end < google.contacts.length ? { nextPageToken: String(end) } : {}),
      totalPeople: google.contacts.length,
      totalItems: google.contacts.length,
    });
  }

  function mailbox(asked: Asked, id: string | undefined): Answer {
    const errors = [{ message: 'Insufficient Permission', domain: 'global', reason: 'insufficientPermissions' }];
    authorize(asked, LABELS, { code: 403, message: 'Insufficient Permission', errors, status: 'PERMISSION_DENIED' });
    checkQuery(asked, []);
    if (id === undefined) {
      if (asked.method === 'GET')
        return new Answer(200, { labels: labels.map(({ id, name, type }) => ({ id, name, type })) });
      if (asked.method !== 'POST') throw new Error(`${asked.method} of all labels`);
      const body = bodyOf(asked, ['name', 'labelListVisibility', 'messageListVisibility']);
      created += 1;
      const label: StoredLabel = {
        id: `Label_${created}`,
        name: checkedName(body.name),
        type: 'user',
        messages: 0,
        threads: 0,
      };
      labels.push(label);
      return new Answer(200, {
        id: label.id,
        name: label.name,
        messageListVisibility: 'show',
        labelListVisibility: 'labelShow',
      });
    }
    const label = labels.find((one) => one.id === id);
    if (!label) return refused(404, 'notFound', 'Requested entity was not found.');
    if (asked.method === 'GET') {
      const { name, type, messages, threads } = label;
      return new Answer(200, {
        id,
        name,
        type,
        messagesTotal: messages,
        messagesUnread: 0,
        threadsTotal: threads,
        threadsUnread: 0,
      });
    }
    if (label.type === 'system') return refused(400, 'invalidArgument', 'Invalid label: system');
    if (asked.method === 'DELETE') {
      labels.splice(labels.indexOf(label), 1);
      return new Answer(204, null);
    }
    if (asked.method !== 'PATCH') throw new Error(`${asked.method} of a label`);
    label.name = checkedName(bodyOf(asked, ['name']).name, label);
    return new Answer(200, { id, name: label.name, type: 'user' });
  }

  function checkedName(name: unknown, own?: StoredLabel): string {
    const isSound = typeof name === 'string' && name !== '' && name === name.trim() && !/\/$|^\/|\/\/|\s\s/.test(name);
    if (!isSound || name.length > MAX_CHARACTERS) throw refused(400, 'invalidArgument', 'Invalid label name');
    const isTaken = labels.some((one) => one !== own && one.name.toLowerCase() === name.toLowerCase());
    if (isTaken) throw refused(409, 'aborted', 'Label name exists or conflicts');
    return name;
  }

  return google;
}

const refused = (code: number, reason: string, message: string): Answer =>
  new Answer(code, { error: { code, message, errors: [{ message, domain: 'global', reason }] } });

function bodyOf({ headers, body }: Asked, known: readonly string[]): Record<string, unknown> {
  if (!headers['content-type']?.startsWith('application/json')) throw new Error('only JSON');
  const parsed = JSON.parse(body) as Record<string, unknown>; // a client of ours wrote it
  const unknown = Object.keys(parsed).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Error(`unexpected ${unknown}`);
  return parsed;
}

const toPerson = ({ id, name, emails, phones = [] }: StoredContact) => ({
  resourceName: `people/${id}`,
  etag: '%EgU=',
  ...(name === undefined ? {} : { names: [{ metadata: { primary: true }, displayName: name, givenName: name }] }),
  ...(emails.length === 0
    ? {}
    : { emailAddresses: emails.map((value, at) => ({ metadata: { primary: at === 0 }, value })) }),
  ...(phones.length === 0
    ? {}
    : { phoneNumbers: phones.map((value, at) => ({ metadata: { primary: at === phones.length - 1 }, value })) }),
});
