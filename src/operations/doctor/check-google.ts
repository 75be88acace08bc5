import type { LockstepError } from '../../errors.ts';
import type { ConfiguredCalendar } from '../../google/configured-calendars.ts';
import { type Account, SCOPES } from '../../google/grant.ts';
import type { Check, Finding, FindingCode } from './finding.ts';
import type { CalendarReading, SeenCalendar } from './read-calendars.ts';

const FULL_CALENDAR_SCOPE = 'https://www.googleapis.com/auth/calendar';

/** Finds configured calendars that cannot be read, and a personal calendar that cannot be written. */
export const checkGoogle: Check = async (context) => {
  const { clientId, clientSecret } = context.config.google;
  if (!clientId && !clientSecret) return [];
  if (!clientId || !clientSecret) return [clientIncomplete(clientId ? 'GOOGLE_CLIENT_SECRET' : 'GOOGLE_CLIENT_ID')];
  if (!context.config.encryptionKeys) return [keyMissing('google')];
  return (await context.calendars()).flatMap(findingsForCalendar);
};

const WHY = 'the calendars are not synced, and tasks get no events';

const clientIncomplete = (variable: string): Finding => ({
  code: 'google_client_incomplete',
  severity: 'problem',
  subject: 'google',
  what: `${variable} is not set, but the other half of the OAuth client is`,
  why: WHY,
  fix: `set ${variable} (see https://console.cloud.google.com/apis/credentials), and restart the workers`,
});

export const keyMissing = (subject: string): Finding => ({
  code: 'encryption_key_missing',
  severity: 'problem',
  subject,
  what: 'LOCKSTEP_ENCRYPTION_KEY is not set',
  why: 'tokens are stored only in encrypted form',
  fix: 'set LOCKSTEP_ENCRYPTION_KEY to the output of openssl rand -base64 32, and restart the workers',
});

function findingsForCalendar({ calendar, seen, error }: CalendarReading): Finding[] {
  if (error) return [refusalFinding(calendar, error)];
  if (seen) return accessFindings(calendar, seen);
  return [
    {
      code: 'google_not_signed_in',
      severity: 'problem',
      subject: subjectOf(calendar),
      what: `the ${calendar.account} account is not signed in`,
      why: WHY,
      fix: signInCommand(calendar.account),
    },
  ];
}

/** The calendar was read, but the sign-in may lack the right to write it. */
function accessFindings(calendar: ConfiguredCalendar, { scopes, accessRole }: SeenCalendar): Finding[] {
  if (calendar.name !== 'personal') return [];
  const subject = subjectOf(calendar);
  if (scopes.length > 0 && !scopes.some((scope) => scope === SCOPES.personal || scope === FULL_CALENDAR_SCOPE)) {
    return [scopeMissing(subject, 'the sign-in of the personal account does not allow writing events', 'personal')];
  }
  if (accessRole === 'owner' || accessRole === 'writer') return [];
  return [
    {
      code: 'calendar_read_only',
      severity: 'problem',
      subject,
      what: `the personal account cannot write the calendar ${calendar.id} (its role is ${accessRole})`,
      why: 'tasks get no events, and SQL edits of events do not reach Google',
      fix: 'ask its owner for the permission "Make changes to events", or set GOOGLE_PERSONAL_CALENDAR_ID to another calendar and restart the workers',
    },
  ];
}

const scopeMissing = (subject: string, what: string, account: Account): Finding => ({
  code: 'google_scope_missing',
  severity: 'problem',
  subject,
  what,
  why: WHY,
  fix: `${signInCommand(account)}, and select the calendar permission`,
});

function refusalFinding(calendar: ConfiguredCalendar, { code, message }: LockstepError): Finding {
  const subject = subjectOf(calendar);
  if (code === 'google_scope_missing') return scopeMissing(subject, message, calendar.account);
  return { severity: 'problem', subject, what: message, why: WHY, ...codeAndFix(calendar, code) };
}

function codeAndFix({ name, account }: ConfiguredCalendar, code: string): { code: FindingCode; fix: string } {
  switch (code) {
    case 'google_signed_out':
    case 'encryption_damaged':
      return { code, fix: signInCommand(account) };
    case 'encryption_key':
      return {
        code,
        fix: `append the old key to LOCKSTEP_ENCRYPTION_KEY after a comma and restart the workers; or run ${signInCommand(account)}`,
      };
    case 'google_client':
      return {
        code,
        fix: 'set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET to the id and secret of a desktop client, and restart the workers',
      };
    case 'google_api_off':
      return {
        code,
        fix: 'enable the API: https://console.cloud.google.com/apis/library/calendar-json.googleapis.com',
      };
    case 'calendar_not_found':
      return {
        code,
        fix: `set GOOGLE_${name.toUpperCase()}_CALENDAR_ID to a calendar that the ${account} account can see, and restart the workers; or share the calendar with that account`,
      };
    default:
      return { code: 'google_refuses', fix: `follow the message, or run ${signInCommand(account)}` };
  }
}

const subjectOf = ({ name }: ConfiguredCalendar): string => `google/${name}`;

const signInCommand = (account: Account): string =>
  `lockstep auth google${account === 'work' ? ' --account work' : ''}`;
