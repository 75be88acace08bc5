/** `personal` is read and written; `work` is only read. */
export type Account = 'personal' | 'work';

/**
 * The least that each account needs.
 * @see https://developers.google.com/workspace/calendar/api/auth
 */
export const SCOPES: Readonly<Record<Account, string>> = {
  personal: 'https://www.googleapis.com/auth/calendar.events',
  work: 'https://www.googleapis.com/auth/calendar.events.readonly',
};

/** What the owner may ask for besides, with a variable of its own. */
export const CONTACTS_SCOPE = 'https://www.googleapis.com/auth/contacts.readonly';
/** Labels alone: it shows no message. */
export const GMAIL_LABELS_SCOPE = 'https://www.googleapis.com/auth/gmail.labels';

/** All that the account is asked for. */
export const scopesOf = (
  account: Account,
  { contacts, gmailLabels }: { readonly contacts: string; readonly gmailLabels: string },
): readonly string[] => [
  SCOPES[account],
  ...(contacts === account ? [CONTACTS_SCOPE] : []),
  ...(gmailLabels === account ? [GMAIL_LABELS_SCOPE] : []),
];

/** What an account's owner allowed, and the current key to it. */
export interface Grant {
  readonly refreshToken: string;
  readonly accessToken: string | null;
  readonly expiresAt: Date | null;
  readonly scopes: readonly string[];
}

/** Google's answer to a refresh; it rarely holds a new refresh token. */
export interface RenewedTokens {
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly refreshToken: string | null;
  readonly scopes: readonly string[];
}

/** Where grants are kept. Methods throw `FinalError` and `RetryableError`. */
export interface GrantStore {
  /**
   * Runs `renew` on the account's grant while nobody else can, in any process,
   * and keeps what it returns; null leaves the grant as it is.
   * @throws FinalError `google_signed_out` where there is no grant
   */
  renew(account: Account, renew: (grant: Grant) => Promise<RenewedTokens | null>): Promise<Grant>;
}

/** The grant once Google renewed it: the old refresh token stays unless Google sent another. */
export const renewed = (grant: Grant, tokens: RenewedTokens): Grant => ({
  refreshToken: tokens.refreshToken ?? grant.refreshToken,
  accessToken: tokens.accessToken,
  expiresAt: tokens.expiresAt,
  scopes: tokens.scopes.length > 0 ? tokens.scopes : grant.scopes,
});
