import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GoogleEmulator, startGoogleEmulator } from 'google-emulator';
import { SCOPES } from '../google/grant.ts';
import { freePort } from './ports.ts';

const PREFERRED_PORT = 8400;
const PERSON = 'me@example.com';
const WORK = 'work@example.com';

export interface EmbeddedGoogle extends Pick<GoogleEmulator, 'url' | 'close'> {
  /** Settings and sign-in for a worker. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the Google emulator on the loopback address, with a personal and a work calendar. */
export async function startGoogle({ folder, timeZone }: { folder: string; timeZone: string }): Promise<EmbeddedGoogle> {
  const port = await freePort(PREFERRED_PORT);
  const calendars = [
    { id: PERSON, timeZone, access: { [PERSON]: 'owner' } as const },
    { id: WORK, timeZone, access: { [PERSON]: 'reader' } as const },
  ];
  const { url, tokenUrl, clientId, clientSecret, handle, close } = await startGoogleEmulator({
    port,
    dataFile: join(folder, 'google.jsonl'),
    calendars,
  });
  const env = {
    GOOGLE_ROOT_URL: url,
    GOOGLE_TOKEN_URL: tokenUrl,
    GOOGLE_CLIENT_ID: clientId,
    GOOGLE_CLIENT_SECRET: clientSecret,
    GOOGLE_REFRESH_TOKEN: handle.grant(PERSON, [SCOPES.personal]),
    GOOGLE_WORK_CALENDAR_ID: WORK,
    LOCKSTEP_ENCRYPTION_KEY: encryptionKey(folder),
  };
  return { url, close, env };
}

/** Created once, so that a stored sign-in remains readable after a restart. */
function encryptionKey(folder: string): string {
  const file = join(folder, 'encryption.key');
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}
