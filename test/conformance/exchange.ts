import type { Problem } from './schema.ts';

/** A request, and what was answered. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly requestBody: string;
  /** Null when the connection broke instead. */
  readonly answer: Answer | null;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Verdict {
  /** By the name that the description has for it; null for a request that matches none. */
  readonly operation: string | null;
  readonly problems: readonly (Problem & { readonly in: 'request' | 'answer' })[];
}

/** What somebody else says of a service. */
export interface Description {
  readonly operations: readonly string[];
  /** Whether it has a say in this path at all. */
  covers(path: string): boolean;
  judge(exchange: Exchange): Verdict;
}

/** One operation's say in one exchange. Both throw SyntaxError for a body that is not JSON. */
export interface Judge {
  readonly operation: string;
  request(): Problem[];
  answer(answer: Answer): Problem[];
}

/** The verdict of the first operation whose method and path fit; of none, that the request is not described. */
export function verdictBy<T extends { readonly method: string; readonly path: string }>(
  table: readonly T[],
  exchange: Exchange,
  judgeOf: (operation: T, path: Record<string, string>) => Judge,
): Verdict {
  const { pathname } = new URL(exchange.url, 'http://service');
  for (const operation of table) {
    const path = operation.method === exchange.method ? matchPath(operation.path, pathname) : null;
    if (path) return verdictOf(judgeOf(operation, path), exchange);
  }
  return verdictOf(null, exchange);
}

function verdictOf(judge: Judge | null, { answer }: Exchange): Verdict {
  if (!judge) return { operation: null, problems: [{ in: 'request', pointer: '', message: 'is not described' }] };
  const request = attempt(() => judge.request());
  const answered = answer ? attempt(() => judge.answer(answer)) : [];
  return {
    operation: judge.operation,
    problems: [
      ...request.map((problem) => ({ in: 'request' as const, ...problem })),
      ...answered.map((problem) => ({ in: 'answer' as const, ...problem })),
    ],
  };
}

function attempt(judge: () => Problem[]): Problem[] {
  try {
    return judge();
  } catch (error) {
    if (error instanceof SyntaxError) return [{ pointer: '', message: 'is not JSON' }];
    throw error;
  }
}

/** The body of a request or an answer. @throws SyntaxError */
export const parsed = (body: string): unknown => (body === '' ? undefined : JSON.parse(body));

/** What a path template like `/pages/{page_id}` finds in a path, decoded; null where it does not fit. */
function matchPath(template: string, path: string): Record<string, string> | null {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const found = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '([^/]+)')}$`).exec(path);
  if (!found) return null;
  return Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? '')]));
}
