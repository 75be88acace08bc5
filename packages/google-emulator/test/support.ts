import { auth, calendar } from '@googleapis/calendar';
import { afterEach } from 'vitest';
import { type FaultRule, type GoogleEmulator, type GoogleEmulatorOptions, startGoogleEmulator } from '../src/index.ts';

export const ME = 'me@example.com';
export const WORK = 'work@example.com';
export const EVENTS_SCOPE = 'https://www.googleapis.com/auth/calendar.events';

const running: GoogleEmulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()));
});

/** An emulator that is closed after the test. */
export async function emulate(options?: GoogleEmulatorOptions): Promise<GoogleEmulator> {
  const emulator = await startGoogleEmulator(options);
  running.push(emulator);
  return emulator;
}

/** The real client, signed in. */
export function clientOf(emulator: GoogleEmulator, { user = ME, scopes = [EVENTS_SCOPE] } = {}) {
  const client = new auth.OAuth2({
    clientId: emulator.clientId,
    clientSecret: emulator.clientSecret,
    endpoints: { oauth2TokenUrl: emulator.tokenUrl, oauth2RevokeUrl: emulator.revokeUrl },
  });
  client.setCredentials({ refresh_token: emulator.handle.grant(user, scopes) });
  const { events, channels } = calendar({ version: 'v3', auth: client, rootUrl: emulator.url, retry: false });
  return { client, events, channels };
}

export const day = (date: string, end: string) => ({ start: { date }, end: { date: end } });
export const hour = (from: string, to: string) => ({ start: { dateTime: from }, end: { dateTime: to } });
export const lunch = { summary: 'Lunch', ...hour('2026-03-01T12:00:00-08:00', '2026-03-01T13:00:00-08:00') };

/** The status, reason and message of a failed request. */
export async function failureOf(
  request: Promise<unknown>,
): Promise<{ status: number; reason: string; message: string }> {
  const error = await request.then(
    () => {
      throw new Error('the request did not fail');
    },
    (failure: unknown) => failure as { status: number; message: string; response?: { data: unknown } },
  );
  const body = error.response?.data as { error?: { errors?: { reason: string }[] } | string } | undefined;
  const reason = typeof body?.error === 'string' ? body.error : (body?.error?.errors?.[0]?.reason ?? '');
  return { status: error.status, reason, message: error.message };
}

/** A rule for the fault plan. */
export const when = (match: FaultRule['match'], fault: FaultRule['then'], how: Partial<FaultRule> = {}): FaultRule => ({
  match,
  ...how,
  // biome-ignore lint/suspicious/noThenProperty: a fault rule is never awaited
  then: fault,
});
