/** A request to Notion or Google; without a status if there was no response. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly status?: number | undefined;
}

/** Called when a request is sent; the function that it returns is called when the request ends. */
export type RequestObserver = (service: Service) => (sent: SentRequest) => void;

type Service = 'notion' | 'google';

const observers: RequestObserver[] = [];

/** Adds an observer for the life of the process. */
export function observeRequests(observer: RequestObserver): void {
  observers.push(observer);
}

/**
 * Sends a request and reports it to the observers. There are none unless metrics or traces are on.
 * @param sentOf describes the request, given its response or error
 */
export async function observed<T>(
  service: Service,
  send: () => Promise<T>,
  sentOf: (ending: { readonly answer: T } | { readonly error: unknown }) => SentRequest,
): Promise<T> {
  if (observers.length === 0) return send();
  const ends = observers.map((observer) => observer(service));
  const end = (sent: SentRequest): void => {
    for (const report of ends) report(sent);
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

/** Matches a path segment such as `v1` or `data_sources`; other segments are ids of pages, events, calendars. */
const WORD = /^(v\d|[a-z][a-z_]{1,19})$/i;

/** The path of a URL without ids, such as `/v1/pages/{id}`. */
export const routeOf = (url: string): string =>
  (URL.canParse(url) ? new URL(url).pathname : (url.split('?', 1)[0] ?? ''))
    .split('/')
    .map((part) => (part === '' || WORD.test(part) ? part : '{id}'))
    .join('/');
