import { roleOf } from '../../definition/features.ts';
import { toColumns } from '../../definition/role-fields.ts';
import { FinalError } from '../../errors.ts';
import { missingSignIn } from '../../google/accounts.ts';
import { type Contact, listContacts } from '../../google/contacts.ts';
import { GoogleApi } from '../../google/google-api.ts';
import { type Enrichment, type LookupContext, textIn } from './enrichment.ts';
import type { Answer } from './enrichment-store.ts';

/** Looks up people by e-mail address: name and phone from the contacts of a Google account. */
export function peopleFromContacts(): Enrichment {
  const people = roleOf('people');
  const { title, email: emailColumn = 'email', phone } = people.fields;
  return {
    name: 'people-from-contacts',
    entity: people.entity,
    lookupColumn: emailColumn,
    distinguishingColumns: [],
    until: { kind: 'anything', columns: [title, ...(phone === undefined ? [] : [phone])] },
    pace: { api: 'contacts', perMinute: 60 },
    isConfigured: ({ google }) => google.contacts !== 'off',
    open: (context: LookupContext) => {
      let listed: Promise<ReadonlyMap<string, readonly Contact[]>> | undefined;
      return async (row) => {
        listed ??= readContactsByEmail(context);
        const email = textIn(row, emailColumn);
        return contactsToAnswer(email, (await listed).get(emailKey(email)) ?? []);
      };
    },
  };
}

export function contactsToAnswer(email: string, [first, ...others]: readonly Contact[]): Answer {
  // No message: most people are not in the contacts.
  if (first === undefined) return { outcome: 'none', providerId: null, values: {}, message: null };
  if (others.length > 0) {
    const message = `${others.length + 1} contacts have the address ${email}: merge them, or fill in the person by hand`;
    return { outcome: 'ambiguous', providerId: null, values: {}, message };
  }
  const values = toColumns(roleOf('people'), { title: first.name ?? undefined, phone: first.phone });
  return { outcome: 'matched', providerId: first.id, values, message: null };
}

async function readContactsByEmail(context: LookupContext): Promise<ReadonlyMap<string, readonly Contact[]>> {
  const byEmail = new Map<string, Contact[]>();
  for (const contact of await readContacts(context)) {
    for (const key of new Set(contact.emails.map(emailKey))) byEmail.set(key, [...(byEmail.get(key) ?? []), contact]);
  }
  return byEmail;
}

async function readContacts({
  config,
  google,
  grants,
  signal,
  beforeRequest,
}: LookupContext): Promise<readonly Contact[]> {
  const account = config.google.contacts;
  if (account === 'off') return [];
  const missing = await missingSignIn(config, grants, account);
  if (missing !== null) throw new FinalError('google_not_signed_in', missing);
  const api = new GoogleApi(google, account, grants, signal);
  await api.signIn();
  return listContacts(api, beforeRequest);
}

const emailKey = (email: string): string => email.trim().toLowerCase();
