import { AsyncLocalStorage } from 'node:async_hooks';
import { Client } from '@notionhq/client';
import { FinalError, RetryableError } from '../errors.ts';
import { observed } from '../observability/requests.ts';
import { RemoteClock } from '../shared/remote-clock.ts';
import { limitAnswer, MAX_ANSWER_BYTES } from './answer-size.ts';
import type { RequestBudget } from './budget.ts';
import { type Purpose, toLockstepError } from './notion-errors.ts';

/** The client's default is older. */
const NOTION_VERSION = '2026-03-11';
/** Shorter than the client's 60 s: after a lost answer the sync looks for the result instead of waiting. */
const REQUEST_TIMEOUT_MS = 30_000;
const DEFAULT_PAUSE_MS = 1_000;
/** How old a look at a single page may be when a write is sent that relies on it. */
export const MAX_LOOK_AGE_MS = 1_000;

/** The write was not sent: what it replaces was read too long ago, since the write had to wait. Look again. */
export class OutdatedLookError extends RetryableError {
  constructor(what: string) {
    super('look_outdated', `${what} was read too long ago to be written`);
  }
}

export interface NotionConnection {
  /** Undefined: every request fails before it is sent. */
  readonly token: string | undefined;
  readonly baseUrl: string;
}

interface NotionApiOptions {
  readonly signal?: AbortSignal;
  readonly onAnswer?: () => void;
  readonly urgent?: boolean;
  readonly maxAnswerBytes?: number;
}

/**
 * Notion's client behind the request budget, without its own retries: activities are the
 * one retry layer. When Notion asks to wait, all users of the budget wait, and the request
 * is then sent again: Notion did nothing.
 */
export class NotionApi {
  readonly #client: Client;
  readonly #hasToken: boolean;
  readonly #budget: RequestBudget;
  readonly #signal: AbortSignal | undefined;
  readonly #onAnswer: () => void;
  readonly #urgent: boolean;
  /** Requests that were taken from the budget together and not sent yet. */
  readonly #reserved = new AsyncLocalStorage<{ left: number }>();
  /** The number of requests sent, including refused ones. */
  requests = 0;
  readonly clock = new RemoteClock();

  /**
   * @param onAnswer called after every answer, including one that asks to wait, and while the budget is used up
   * @param urgent somebody is waiting for the result
   * @param maxAnswerBytes larger answers are refused
   */
  constructor(
    { token, baseUrl }: NotionConnection,
    budget: RequestBudget,
    { signal, onAnswer = () => undefined, urgent = false, maxAnswerBytes = MAX_ANSWER_BYTES }: NotionApiOptions = {},
  ) {
    this.#hasToken = token !== undefined;
    this.#client = new Client({
      ...(token === undefined ? {} : { auth: token }),
      baseUrl,
      notionVersion: NOTION_VERSION,
      retry: false,
      timeoutMs: REQUEST_TIMEOUT_MS,
      logger: () => undefined,
      fetch: async (url, init) => {
        // The client's type for a request has an `agent`, which is never set.
        const { method = 'GET' } = init ?? {};
        const response = await observed(
          'notion',
          () => fetch(url, init as RequestInit),
          (ending) => ({ method, url: String(url), status: 'answer' in ending ? ending.answer.status : undefined }),
        );
        this.clock.answered(response.headers.get('date'));
        return limitAnswer(response, maxAnswerBytes);
      },
    });
    this.#budget = budget;
    this.#signal = signal;
    this.#onAnswer = onAnswer;
    this.#urgent = urgent;
  }

  /** A clock for the age of what was read, in milliseconds. */
  get elapsedMs(): number {
    return performance.now();
  }

  /** Runs work that sends some requests, which are taken from the budget together: none of them waits for it. */
  async together<T>({ entity, requests }: { entity: string; requests: number }, work: () => Promise<T>): Promise<T> {
    await this.#budget.take({ entity, urgent: this.#urgent, requests }, this.#signal, this.#onAnswer);
    return this.#reserved.run({ left: requests }, work);
  }

  async #takeRequest({ entity, backfill }: Purpose): Promise<void> {
    const reserved = this.#reserved.getStore();
    if (reserved && reserved.left > 0) reserved.left -= 1;
    else await this.#budget.take({ entity, urgent: this.#urgent && !backfill }, this.#signal, this.#onAnswer);
  }

  /** @throws one of the errors of `src/errors.ts`; `OutdatedLookError` when `purpose.lookedAt` was too long ago */
  async call<T>(purpose: Purpose, request: (client: Client) => Promise<T>): Promise<T> {
    if (!this.#hasToken) {
      throw new FinalError(
        'unauthorized',
        'NOTION_TOKEN is not set: set it to an integration token and restart the workers',
      );
    }
    for (;;) {
      await this.#takeRequest(purpose);
      // After a suspension of this process, another one may have the entity.
      this.#signal?.throwIfAborted();
      const { lookedAt, maxLookAgeMs = MAX_LOOK_AGE_MS } = purpose;
      if (lookedAt !== undefined && this.elapsedMs - lookedAt > maxLookAgeMs) throw new OutdatedLookError(purpose.what);
      this.requests += 1;
      try {
        const answer = await request(this.#client);
        this.#onAnswer();
        return answer;
      } catch (failure) {
        const error = toLockstepError(failure, purpose);
        if (!(error instanceof RetryableError) || error.code !== 'rate_limited') throw error;
        this.#onAnswer();
        await this.#budget.pause(error.retryAfterMs ?? DEFAULT_PAUSE_MS);
      }
    }
  }
}
