import { z } from 'zod';
import type { SentRequest } from '../observability/requests.ts';

const status = z.number().optional().catch(undefined);

/** What the client's answers have beside their data, and its errors too. */
const ending = z.object({
  config: z.object({ url: z.coerce.string(), method: z.string().catch('GET') }).catch({ url: '', method: 'GET' }),
  status,
  response: z.object({ status }).optional().catch(undefined),
});

/** What was sent, as far as its answer or its failure says; what else they hold, tokens included, stays there. */
export function toSentRequest(result: { readonly answer: unknown } | { readonly error: unknown }): SentRequest {
  const parsed = ending.safeParse('answer' in result ? result.answer : result.error);
  if (!parsed.success) return { method: 'GET', url: '' };
  const { config, response } = parsed.data;
  return { ...config, status: parsed.data.status ?? response?.status };
}
