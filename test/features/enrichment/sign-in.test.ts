import { expect, test } from 'vitest';
import { emulate } from '../../../packages/google-emulator/test/support.ts';
import { readConfig } from '../../../src/config.ts';
import { CONTACTS_SCOPE, GMAIL_LABELS_SCOPE, SCOPES, scopesOf } from '../../../src/google/grant.ts';
import { signIn } from '../../../src/google/sign-in.ts';
import { connectionTo } from '../../google/support.ts';

const { google } = readConfig({ LOCKSTEP_CONTACTS: 'personal', LOCKSTEP_GMAIL_LABELS: 'work' });

test('each account is asked only for the scopes of its features', () => {
  expect(scopesOf('personal', google)).toEqual([SCOPES.personal, CONTACTS_SCOPE]);
  expect(scopesOf('work', google)).toEqual([SCOPES.work, GMAIL_LABELS_SCOPE]);
  expect(scopesOf('personal', readConfig({}).google)).toEqual([SCOPES.personal]);
});

test('the consent page asks for the scopes, and a denied scope is named', async () => {
  const emulator = await emulate();
  const scopes = scopesOf('personal', google);
  const consent = (untick: string) =>
    signIn({
      connection: connectionTo(emulator),
      account: 'personal',
      scopes,
      visit: async (url) => {
        const page = new URL(url);
        expect(page.searchParams.get('scope')).toBe(scopes.join(' '));
        page.searchParams.set('scope', scopes.filter((scope) => scope !== untick).join(' '));
        await fetch(page);
      },
    });
  expect((await consent('nothing')).scopes).toEqual(scopes);
  await expect(consent(CONTACTS_SCOPE)).rejects.toThrow(
    'The contacts were not selected on the consent page; sign in again',
  );
  await expect(consent(SCOPES.personal)).rejects.toThrow('The calendar was not selected on the consent page');
});
