import { people, type people_v1 } from '@googleapis/people';
import type { GoogleApi } from './google-api.ts';

/** A person in the account's contacts. */
export interface Contact {
  readonly id: string;
  readonly name: string | null;
  /** As entered in Google. */
  readonly emails: readonly string[];
  readonly phone: string | null;
}

const PAGE_SIZE = 1_000;
const FIELDS = 'names,emailAddresses,phoneNumbers';

/**
 * Lists all contacts of the account.
 * @see https://developers.google.com/people/api/rest/v1/people.connections/list
 */
export async function listContacts(api: GoogleApi, beforeRequest: () => Promise<void>): Promise<readonly Contact[]> {
  const { connections } = people({ version: 'v1', ...api.otherApi }).people;
  const found: Contact[] = [];
  let pageToken: string | undefined;
  do {
    await beforeRequest();
    const page = await api.call({ kind: 'read', what: 'the contacts', service: 'contacts' }, () =>
      connections.list({
        resourceName: 'people/me',
        personFields: FIELDS,
        pageSize: PAGE_SIZE,
        ...(pageToken ? { pageToken } : {}),
      }),
    );
    found.push(...(page.connections ?? []).map(toContact));
    pageToken = page.nextPageToken ?? undefined;
  } while (pageToken !== undefined);
  return found;
}

const toContact = ({ resourceName, names, emailAddresses, phoneNumbers }: people_v1.Schema$Person): Contact => ({
  id: resourceName ?? '',
  name: primary(names)?.displayName ?? null,
  emails: (emailAddresses ?? []).flatMap(({ value }) => value ?? []),
  phone: primary(phoneNumbers)?.value ?? null,
});

interface Field {
  readonly metadata?: { readonly primary?: boolean | null };
}

const primary = <T extends Field>(fields: readonly T[] | undefined): T | undefined =>
  fields?.find(({ metadata }) => metadata?.primary) ?? fields?.[0];
