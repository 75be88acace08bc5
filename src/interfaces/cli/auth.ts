import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { type Config, readConfig } from '../../config.ts';
import { type Database, openDatabase, sql } from '../../database/client.ts';
import { ConfigurationError, FinalError, RetryableError } from '../../errors.ts';
import { type Account, CONTACTS_SCOPE, GMAIL_LABELS_SCOPE, type Grant, renewed, scopesOf } from '../../google/grant.ts';
import { type GoogleConnection, refreshGrant } from '../../google/oauth-client.ts';
import { grantFromFile, signIn } from '../../google/sign-in.ts';
import { TokenStore } from '../../google/token-store.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';

export interface AuthOptions {
  readonly account: Account;
  /** A file with a refresh token. */
  readonly fromFile?: string;
}

/** Signs in to a Google account, and stores its grant encrypted in `oauth_tokens`. */
export async function authGoogleCommand({ account, fromFile }: AuthOptions): Promise<number> {
  const config = readConfig();
  const connection = googleConnection(config);
  const keys = encryptionKeys(config);
  const scopes = scopesOf(account, config.google);
  const database = openDatabase(databaseUrl(config), 1);
  try {
    // Fails before the sign-in if the tokens cannot be stored.
    await checkTable(database);
    const grant =
      fromFile === undefined
        ? await signIn({ connection, account, scopes, visit: (url) => visit(account, scopes, url) })
        : await importGrant(connection, account, fromFile);
    await new TokenStore(database, keys).save(account, grant);
    console.log(`Signed in to the ${account} account. Its tokens are stored encrypted in oauth_tokens.`);
    return exitCodes.ok;
  } finally {
    await database.close();
  }
}

function googleConnection({ google }: Config): GoogleConnection {
  const { clientId, clientSecret, rootUrl, tokenUrl } = google;
  if (clientId && clientSecret) return { clientId, clientSecret, rootUrl, tokenUrl };
  throw new ConfigurationError(
    `GOOGLE_CLIENT_${clientId ? 'SECRET' : 'ID'} is not set: create an OAuth client of type "Desktop app" (https://console.cloud.google.com/apis/credentials)`,
  );
}

function encryptionKeys({ encryptionKeys }: Config): string {
  if (encryptionKeys) return encryptionKeys;
  throw new ConfigurationError('LOCKSTEP_ENCRYPTION_KEY is not set: create one with: openssl rand -base64 32');
}

const checkTable = (database: Database): Promise<unknown> => database.query(sql`SELECT FROM oauth_tokens LIMIT 1`);

async function importGrant(connection: GoogleConnection, account: Account, path: string): Promise<Grant> {
  const grant = grantFromFile(await read(path));
  try {
    return renewed(grant, await refreshGrant(connection, account, grant));
  } catch (error) {
    // A token is rejected only if Google refuses it.
    if (!(error instanceof RetryableError)) throw error;
    process.stderr.write(`lockstep: the token could not be verified: ${error.message}\n`);
    return grant;
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new FinalError('token_file', `${path} cannot be read (${code})`);
  }
}

function visit(account: Account, scopes: readonly string[], url: string): void {
  const uses = [
    'the calendar',
    ...(scopes.includes(CONTACTS_SCOPE) ? ['the contacts'] : []),
    ...(scopes.includes(GMAIL_LABELS_SCOPE) ? ['the mailbox labels'] : []),
  ];
  console.log(`Open this page to let Lockstep use ${uses.join(' and ')} of your ${account} account:\n\n${url}\n`);
  console.log('Waiting for the sign-in. Without a browser on this machine, sign in elsewhere and use --from-file.');
  if (process.stdout.isTTY) openBrowser(url);
}

const BROWSERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** If this fails, the URL is printed anyway. */
function openBrowser(url: string): void {
  const [command, ...args] = BROWSERS[process.platform] ?? ['xdg-open'];
  const browser = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  browser.on('error', () => undefined).unref();
}
