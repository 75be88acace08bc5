import type { LockstepError } from '../../errors.ts';
import type { ConfiguredCalendar } from '../../google/calendars.ts';
import { type Account, SCOPES } from '../../google/grant.ts';
import type { Check, Finding, FindingCode } from './finding.ts';
import type { CalendarReading, SeenCalendar } from './read-calendars.ts';

const ALL_OF_CALENDAR = 'https://www.googleapis.com/auth/calendar';

/** Whether Google can be asked for the calendars that are set, and lets us write where we have to. */
export const google: Check = async (context) => {
  const { clientId, clientSecret } = context.config.google;
  if (!clientId && !clientSecret) return [];
  if (!clientId || !clientSecret) return [incomplete(clientId ? 'GOOGLE_CLIENT_SECRET' : 'GOOGLE_CLIENT_ID')];
  if (!context.config.encryptionKeys) return [keyMissing('google')];
  return (await context.calendars()).flatMap(ofCalendar);
};

const WHY = 'the calendars are not synced, and tasks get no events';

const incomplete = (variable: string): Finding => ({
  code: 'google_client_incomplete',
  severity: 'problem',
  subject: 'google',
  what: `${variable} is not set, and the other half of the OAuth client is`,
  why: WHY,
  mend: `put ${variable} beside it, from https://console.cloud.google.com/apis/credentials, and start the workers again`,
});

export const keyMissing = (subject: string): Finding => ({
  code: 'encryption_key_missing',
  severity: 'problem',
  subject,
  what: 'LOCKSTEP_ENCRYPTION_KEY is not set',
  why: 'tokens are only kept encrypted',
  mend: 'put what openssl rand -base64 32 prints into LOCKSTEP_ENCRYPTION_KEY, and start the workers again',
});

function ofCalendar({ calendar, seen, error }: CalendarReading): Finding[] {
  if (error) return [refused(calendar, error)];
  if (seen) return ofAccess(calendar, seen);
  return [
    {
      code: 'google_not_signed_in',
      severity: 'problem',
      subject: subjectOf(calendar),
      what: `nobody is signed in with the ${calendar.account} account`,
      why: WHY,
      mend: signIn(calendar.account),
    },
  ];
}

/** A sign-in that may read has shown the calendar; it need not be one that may write. */
function ofAccess(calendar: ConfiguredCalendar, { scopes, accessRole }: SeenCalendar): Finding[] {
  if (calendar.name !== 'personal') return [];
  const subject = subjectOf(calendar);
  if (scopes.length > 0 && !scopes.some((scope) => scope === SCOPES.personal || scope === ALL_OF_CALENDAR)) {
    return [scopeMissing(subject, 'the sign-in of the personal account does not allow to write events', 'personal')];
  }
  if (accessRole === 'owner' || accessRole === 'writer') return [];
  return [
    {
      code: 'calendar_read_only',
      severity: 'problem',
      subject,
      what: `the personal account may not write the calendar ${calendar.id} (it is its ${accessRole})`,
      why: 'tasks get no events, and edits in SQL stay there',
      mend: 'ask its owner for «make changes to events», or put another calendar into GOOGLE_PERSONAL_CALENDAR_ID and start the workers again',
    },
  ];
}

const scopeMissing = (subject: string, what: string, account: Account): Finding => ({
  code: 'google_scope_missing',
  severity: 'problem',
  subject,
  what,
  why: WHY,
  mend: `${signIn(account)}, and tick the calendar`,
});

function refused(calendar: ConfiguredCalendar, { code, message }: LockstepError): Finding {
  const subject = subjectOf(calendar);
  if (code === 'google_scope_missing') return scopeMissing(subject, message, calendar.account);
  return { severity: 'problem', subject, what: message, why: WHY, ...meaningOf(calendar, code) };
}

function meaningOf({ name, account }: ConfiguredCalendar, code: string): { code: FindingCode; mend: string } {
  switch (code) {
    case 'google_signed_out':
    case 'encryption_damaged':
      return { code, mend: signIn(account) };
    case 'encryption_key':
      return {
        code,
        mend: `append the old key to LOCKSTEP_ENCRYPTION_KEY after a comma and start the workers again; or ${signIn(account)}`,
      };
    case 'google_client':
      return {
        code,
        mend: 'put the id and the secret of a desktop client into GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, and start the workers again',
      };
    case 'google_api_off':
      return {
        code,
        mend: 'enable it: https://console.cloud.google.com/apis/library/calendar-json.googleapis.com',
      };
    case 'calendar_not_found':
      return {
        code,
        mend: `put the id of a calendar that the ${account} account sees into GOOGLE_${name.toUpperCase()}_CALENDAR_ID, and start the workers again; or share it with that account`,
      };
    default:
      return { code: 'google_refuses', mend: `as the message says; or ${signIn(account)}` };
  }
}

const subjectOf = ({ name }: ConfiguredCalendar): string => `google/${name}`;

const signIn = (account: Account): string => `lockstep auth google${account === 'work' ? ' --account work' : ''}`;
