/** A request to Notion or Google that was answered, or (without a status) was not. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly status?: number | undefined;
}

/** Told when a request is sent; what it gives back is told how that ended. */
export type RequestObserver = (service: Service) => (sent: SentRequest) => void;

type Service = 'notion' | 'google';

const observers: RequestObserver[] = [];

/** For as long as the process lives. */
export function observeRequests(observer: RequestObserver): void {
  observers.push(observer);
}

/**
 * Sends a request under the eyes of whoever observes: nobody, unless metrics or traces are asked for.
 * @param sentOf says of an answer, or of an error, what was sent
 */
export async function observed<T>(
  service: Service,
  send: () => Promise<T>,
  sentOf: (ending: { readonly answer: T } | { readonly error: unknown }) => SentRequest,
): Promise<T> {
  if (observers.length === 0) return send();
  const ends = observers.map((observer) => observer(service));
  const end = (sent: SentRequest): void => {
    for (const tell of ends) tell(sent);
  };
  try {
    const answer = await send();
    end(sentOf({ answer }));
    return answer;
  } catch (error) {
    end(sentOf({ error }));
    throw error;
  }
}

/** Long or odd ones are ids, of pages, events, calendars, properties; and such a word as `data_sources` is none. */
const WORD = /^(v\d|[a-z][a-z_]{1,19})$/i;

/** A URL's path without the ids in it, such as `/v1/pages/{id}`. */
export const routeOf = (url: string): string =>
  (URL.canParse(url) ? new URL(url).pathname : (url.split('?', 1)[0] ?? ''))
    .split('/')
    .map((part) => (part === '' || WORD.test(part) ? part : '{id}'))
    .join('/');
