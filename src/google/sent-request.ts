import { z } from 'zod';
import type { SentRequest } from '../observability/requests.ts';

const status = z.number().optional().catch(undefined);

/** What answers and errors of the client have in common. */
const outcome = z.object({
  config: z.object({ url: z.coerce.string(), method: z.string().catch('GET') }).catch({ url: '', method: 'GET' }),
  status,
  response: z.object({ status }).optional().catch(undefined),
});

/** The request that was sent, taken from its answer or error. Nothing else is taken from them: they contain tokens. */
export function toSentRequest(result: { readonly answer: unknown } | { readonly error: unknown }): SentRequest {
  const parsed = outcome.safeParse('answer' in result ? result.answer : result.error);
  if (!parsed.success) return { method: 'GET', url: '' };
  const { config, response } = parsed.data;
  return { ...config, status: parsed.data.status ?? response?.status };
}
