import type { Problem } from './schema.ts';

/** A request and its answer. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly requestBody: string;
  /** Null when the connection broke. */
  readonly answer: Answer | null;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Verdict {
  /** The description's name for the operation; null when no operation matches. */
  readonly operation: string | null;
  readonly problems: readonly (Problem & { readonly in: 'request' | 'answer' })[];
}

/** A published description of a service. */
export interface Description {
  readonly operations: readonly string[];
  /** Whether it covers this path. */
  covers(path: string): boolean;
  judge(exchange: Exchange): Verdict;
}

/** The checks of one operation. Both throw SyntaxError for a body that is not JSON. */
export interface Judge {
  readonly operation: string;
  request(): Problem[];
  answer(answer: Answer): Problem[];
}

/** The verdict of the first operation whose method and path match; if none matches, that the request is not described. */
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

/** The decoded parameters of a path by a template like `/pages/{page_id}`; null when it does not match. */
function matchPath(template: string, path: string): Record<string, string> | null {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const found = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '([^/]+)')}$`).exec(path);
  if (!found) return null;
  return Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? '')]));
}
