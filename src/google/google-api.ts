import { calendar, type calendar_v3 } from '@googleapis/calendar';
import { observed } from '../observability/requests.ts';
import { isUnauthorized, type Purpose, toLockstepError } from './google-errors.ts';
import type { Account, Grant, GrantStore } from './grant.ts';
import { createOAuthClient, type GoogleConnection, type OAuthClient, refreshGrant } from './oauth-client.ts';
import { toSentRequest } from './sent-request.ts';

/** The library's own limit: an access token with less time left is renewed before it is used. */
const MIN_TIME_LEFT_MS = 5 * 60_000;

const GOOGLE_ROOT_URL = 'https://www.googleapis.com/';

export type Events = calendar_v3.Calendar['events'];

/**
 * Google's calendar client without its own retries: activities are the one retry layer.
 * All workers share the account's access token through the grant store.
 */
export class GoogleApi {
  readonly #connection: GoogleConnection;
  readonly #account: Account;
  readonly #grants: GrantStore;
  readonly #signal: AbortSignal | undefined;
  readonly #auth: OAuthClient;
  readonly #events: Events;
  /** Use it only within `call`. */
  readonly channels: calendar_v3.Calendar['channels'];
  /** Options for a client of another Google API. Use that client only within `call`, too. */
  readonly otherApi: { readonly auth: OAuthClient; readonly retry: false; readonly rootUrl?: string };
  #renewal: Promise<Grant> | null = null;
  #refusedToken: string | null = null;
  /** The number of requests sent, including refused ones. */
  requests = 0;

  constructor(connection: GoogleConnection, account: Account, grants: GrantStore, signal?: AbortSignal) {
    this.#connection = connection;
    this.#account = account;
    this.#grants = grants;
    this.#signal = signal;
    this.#auth = createOAuthClient(connection);
    this.#auth.refreshHandler = async () => {
      const { accessToken, expiresAt } = await this.#renew();
      return { access_token: accessToken ?? '', expiry_date: expiresAt?.getTime() ?? 0 };
    };
    if (signal) abortWith(this.#auth, signal);
    const google = calendar({ version: 'v3', auth: this.#auth, rootUrl: connection.rootUrl, retry: false });
    this.#events = google.events;
    this.channels = google.channels;
    // Each of Google's APIs has its own host; the emulator has one for all.
    const own = connection.rootUrl === GOOGLE_ROOT_URL ? {} : { rootUrl: connection.rootUrl };
    this.otherApi = { auth: this.#auth, retry: false, ...own };
  }

  /**
   * Sends one request; when Google refuses the access token, renews it and sends the request again.
   * @throws one of the errors of `src/errors.ts`
   */
  async call<T>(
    purpose: Omit<Purpose, 'account'>,
    request: (events: Events) => Promise<{ readonly data: T }>,
  ): Promise<T> {
    try {
      return await this.#send(purpose, request);
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      return await this.#send(purpose, request);
    }
  }

  /** This machine's time: a late write to Google is refused by its ETag, so Google's own clock is not needed. */
  now(): Date {
    return new Date();
  }

  /**
   * Makes sure that there is a valid access token, even if no request follows.
   * @throws FinalError `google_signed_out` when the sign-in was revoked
   */
  async signIn(): Promise<void> {
    await this.#renew();
  }

  async #send<T>(
    purpose: Omit<Purpose, 'account'>,
    request: (events: Events) => Promise<{ readonly data: T }>,
  ): Promise<T> {
    this.#signal?.throwIfAborted();
    const before = this.#auth.credentials.access_token;
    this.requests += 1;
    try {
      return (await observed('google', () => request(this.#events), toSentRequest)).data;
    } catch (failure) {
      this.#signal?.throwIfAborted();
      const error = toLockstepError(failure, { ...purpose, account: this.#account });
      if (isUnauthorized(error)) this.#forgetAccessToken(before);
      throw error;
    }
  }

  /** Does nothing when a concurrent request has already renewed it. */
  #forgetAccessToken(before: string | null | undefined): void {
    const current = this.#auth.credentials.access_token;
    if (!current || (before && before !== current)) return;
    this.#refusedToken = current;
    this.#auth.setCredentials({});
  }

  /** Renews the access token once for all requests that wait for it. */
  #renew(): Promise<Grant> {
    this.#renewal ??= this.#grants
      .renew(this.#account, async (grant) =>
        this.#isFresh(grant) ? null : await refreshGrant(this.#connection, this.#account, grant),
      )
      .finally(() => {
        this.#renewal = null;
      });
    return this.#renewal;
  }

  /** Whether the access token is valid, because another worker has just renewed it. */
  #isFresh({ accessToken, expiresAt }: Grant): boolean {
    if (!accessToken || !expiresAt || accessToken === this.#refusedToken) return false;
    return expiresAt.getTime() - Date.now() > MIN_TIME_LEFT_MS;
  }
}

/** Aborts requests with the signal. Given as a request option, the library ignores a signal that is already aborted. */
function abortWith({ transporter }: OAuthClient, signal: AbortSignal): void {
  transporter.interceptors.request.add({
    resolved: async (options) => {
      signal.throwIfAborted();
      options.signal = options.signal ? AbortSignal.any([options.signal, signal]) : signal;
      return options;
    },
  });
}
