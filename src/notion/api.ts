import { Client } from '@notionhq/client';
import { FinalError, RetryableError } from '../errors.ts';
import { observed } from '../observability/requests.ts';
import type { RequestBudget } from './budget.ts';
import { type Purpose, toLockstepError } from './errors.ts';

/** Shorter than the client's 60 s: a lost answer is looked for, not waited for. */
const REQUEST_TIMEOUT_MS = 30_000;
const DEFAULT_PAUSE_MS = 1_000;

export interface NotionConnection {
  /** None: every request is refused before it is sent. */
  readonly token: string | undefined;
  readonly baseUrl: string;
}

interface NotionApiOptions {
  readonly signal?: AbortSignal;
  readonly onAnswer?: () => void;
  readonly urgent?: boolean;
}

/**
 * The real client with its own retries off (the activities own them), behind
 * the budget. A «wait» from Notion halts every caller of the budget, then the
 * request is sent again: nothing was done.
 */
export class NotionApi {
  readonly #client: Client;
  readonly #hasToken: boolean;
  readonly #budget: RequestBudget;
  readonly #signal: AbortSignal | undefined;
  readonly #onAnswer: () => void;
  readonly #urgent: boolean;
  /** Requests sent, refused ones included. */
  requests = 0;
  /** It is at least so late by Notion's own clock, as its last answer says; 1970 where none did. */
  notionTime = new Date(0);

  /**
   * @param onAnswer told of every answer, also of one that says «wait»
   * @param urgent somebody waits for what is done here
   */
  constructor(
    { token, baseUrl }: NotionConnection,
    budget: RequestBudget,
    { signal, onAnswer = () => undefined, urgent = false }: NotionApiOptions = {},
  ) {
    this.#hasToken = token !== undefined;
    this.#client = new Client({
      ...(token === undefined ? {} : { auth: token }),
      baseUrl,
      retry: false,
      timeoutMs: REQUEST_TIMEOUT_MS,
      logger: () => undefined,
      fetch: async (url, init) => {
        // The client's own type of a request names an agent, which it is never given.
        const { method = 'GET' } = init ?? {};
        const response = await observed(
          'notion',
          () => fetch(url, init as RequestInit),
          (ending) => ({ method, url: String(url), status: 'answer' in ending ? ending.answer.status : undefined }),
        );
        const date = Date.parse(response.headers.get('date') ?? '');
        if (!Number.isNaN(date)) this.notionTime = new Date(date);
        return response;
      },
    });
    this.#budget = budget;
    this.#signal = signal;
    this.#onAnswer = onAnswer;
    this.#urgent = urgent;
  }

  /** @throws one of the errors of `src/errors.ts` */
  async call<T>(purpose: Purpose, request: (client: Client) => Promise<T>): Promise<T> {
    if (!this.#hasToken) {
      throw new FinalError(
        'unauthorized',
        "NOTION_TOKEN is not set: put an integration's token there, and start the worker again",
      );
    }
    for (;;) {
      await this.#budget.take({ entity: purpose.entity, urgent: this.#urgent && !purpose.backfill }, this.#signal);
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
