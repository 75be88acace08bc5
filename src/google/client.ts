import { calendar, type calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { observed } from '../observability/requests.ts';
import { isUnauthorized, type Purpose, toLockstepError } from './errors.ts';
import type { Account, Grant, GrantStore } from './grant.ts';
import { createOAuthClient, type GoogleConnection, type OAuthClient, refreshGrant } from './oauth-client.ts';
import { toSentRequest } from './sent-request.ts';

/** As the library has it: an access token with less time left is renewed before it is used. */
const LEAST_TIME_LEFT_MS = 5 * 60_000;

const GOOGLE_ROOT_URL = 'https://www.googleapis.com/';

export type Events = calendar_v3.Calendar['events'];

/**
 * The real calendar client with its own retries off (the activities own them).
 * Its access token is the account's, shared by all workers through the store.
 */
export class GoogleApi {
  readonly #connection: GoogleConnection;
  readonly #account: Account;
  readonly #grants: GrantStore;
  readonly #signal: AbortSignal | undefined;
  readonly #auth: OAuthClient;
  readonly #events: Events;
  /** To be asked within `call`. */
  readonly channels: calendar_v3.Calendar['channels'];
  /** What a client of another of Google's APIs is made with; to be asked within `call`, too. */
  readonly otherApi: { readonly auth: OAuthClient; readonly retry: false; readonly rootUrl?: string };
  #renewal: Promise<Grant> | null = null;
  #refusedToken: string | null = null;
  /** Requests sent, refused ones included. */
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
    if (signal) stopWith(this.#auth, signal);
    const google = calendar({ version: 'v3', auth: this.#auth, rootUrl: connection.rootUrl, retry: false });
    this.#events = google.events;
    this.channels = google.channels;
    // Each of Google's APIs has a host of its own, a stand-in only one.
    const own = connection.rootUrl === GOOGLE_ROOT_URL ? {} : { rootUrl: connection.rootUrl };
    this.otherApi = { auth: this.#auth, retry: false, ...own };
  }

  /**
   * Sends one request; again with a fresh access token when Google refuses the first.
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

  /**
   * Makes sure of an access token, also where there will be nothing to send.
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

  /** Unless a request beside this one has renewed it meanwhile. */
  #forgetAccessToken(before: string | null | undefined): void {
    const current = this.#auth.credentials.access_token;
    if (!current || (before && before !== current)) return;
    this.#refusedToken = current;
    this.#auth.setCredentials({});
  }

  /** One renewal for all the requests that wait for it. */
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

  /** Whether another worker has just renewed it. */
  #isFresh({ accessToken, expiresAt }: Grant): boolean {
    if (!accessToken || !expiresAt || accessToken === this.#refusedToken) return false;
    return expiresAt.getTime() - Date.now() > LEAST_TIME_LEFT_MS;
  }
}

/** As an option of the request the library would pass over a signal that is aborted already. */
function stopWith({ transporter }: OAuthClient, signal: AbortSignal): void {
  transporter.interceptors.request.add({
    resolved: async (options) => {
      signal.throwIfAborted();
      options.signal = options.signal ? AbortSignal.any([options.signal, signal]) : signal;
      return options;
    },
  });
}
