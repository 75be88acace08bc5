/** `personal` is read and written; `work` is only read. */
export type Account = 'personal' | 'work';

/**
 * The minimum that each account needs.
 * @see https://developers.google.com/workspace/calendar/api/auth
 */
export const SCOPES: Readonly<Record<Account, string>> = {
  personal: 'https://www.googleapis.com/auth/calendar.events',
  work: 'https://www.googleapis.com/auth/calendar.events.readonly',
};

/** Optional scopes, each enabled by a variable. */
export const CONTACTS_SCOPE = 'https://www.googleapis.com/auth/contacts.readonly';
/** Gives access to labels, not to messages. */
export const GMAIL_LABELS_SCOPE = 'https://www.googleapis.com/auth/gmail.labels';

/** All scopes that the account is asked for. */
export const scopesOf = (
  account: Account,
  { contacts, gmailLabels }: { readonly contacts: string; readonly gmailLabels: string },
): readonly string[] => [
  SCOPES[account],
  ...(contacts === account ? [CONTACTS_SCOPE] : []),
  ...(gmailLabels === account ? [GMAIL_LABELS_SCOPE] : []),
];

/** What an account's owner allowed, with the tokens that give access. */
export interface Grant {
  readonly refreshToken: string;
  readonly accessToken: string | null;
  readonly expiresAt: Date | null;
  readonly scopes: readonly string[];
}

/** Google's answer to a refresh. It rarely contains a new refresh token. */
export interface RenewedTokens {
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly refreshToken: string | null;
  readonly scopes: readonly string[];
}

/** Stores grants. Methods throw `FinalError` and `RetryableError`. */
export interface GrantStore {
  /**
   * Runs `renew` on the account's grant while no other process can, and stores what it
   * returns; null leaves the grant unchanged.
   * @throws FinalError `google_signed_out` when there is no grant
   */
  renew(account: Account, renew: (grant: Grant) => Promise<RenewedTokens | null>): Promise<Grant>;
}

/** The grant with its new tokens; it keeps its refresh token unless Google sent another. */
export const renewed = (grant: Grant, tokens: RenewedTokens): Grant => ({
  refreshToken: tokens.refreshToken ?? grant.refreshToken,
  accessToken: tokens.accessToken,
  expiresAt: tokens.expiresAt,
  scopes: tokens.scopes.length > 0 ? tokens.scopes : grant.scopes,
});
