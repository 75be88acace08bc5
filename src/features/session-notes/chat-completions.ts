import { z } from 'zod';
import type { AiService } from '../../config.ts';
import { FinalError, RecordError, RetryableError } from '../../errors.ts';
import { retryAfterMs } from '../../shared/retry-after.ts';

const ANSWER_MS = 120_000;
const MAX_CHARACTERS = 500_000;

/** A question to a model. */
export interface Question {
  readonly system: string;
  readonly user: string;
  /** The JSON schema of the answer. A service may ignore it. */
  readonly schema: { readonly name: string; readonly schema: object };
}

/**
 * Sends a question to a service with OpenAI's chat completions API.
 * @returns the model's answer, which is untrusted text
 * @throws RetryableError when the service is busy or unreachable; FinalError when it refuses the key or the model;
 *   RecordError when it refuses this question. No error contains the key, the question or the answer.
 */
export async function askModel(
  { url, key, model }: AiService,
  question: Question,
  signal: AbortSignal,
): Promise<string> {
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    // So that the key is sent only to the configured URL.
    redirect: 'error',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({
      model,
      messages: [
        { role: 'system', content: question.system },
        { role: 'user', content: question.user },
      ],
      response_format: { type: 'json_schema', json_schema: { ...question.schema, strict: true } },
    }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw unreachable(error);
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw refusal(response);
  }
  return contentOf(
    await readBody(response).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error instanceof RecordError ? error : unreachable(error);
    }),
  );
}

const unreachable = (cause: unknown): RetryableError =>
  new RetryableError('ai_unavailable', 'LOCKSTEP_AI_URL does not respond: check it; the request is retried', { cause });

function refusal({ status, headers }: Response): Error {
  if (status === 429 || status >= 500) {
    return new RetryableError('ai_unavailable', `LOCKSTEP_AI_URL returned ${status}; the request is retried`, {
      retryAfterMs: retryAfterMs(headers.get('retry-after'), 5_000),
    });
  }
  if (status === 401 || status === 403) {
    return new FinalError('ai_refused', `LOCKSTEP_AI_URL returned ${status}: check LOCKSTEP_AI_KEY`);
  }
  if (status === 404) {
    return new FinalError(
      'ai_refused',
      'LOCKSTEP_AI_URL returned 404: check it (it must not include /chat/completions) and LOCKSTEP_AI_MODEL',
    );
  }
  return new RecordError('ai_refused', `the model refused the question (${status})`);
}

async function readBody(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_CHARACTERS) throw unusableAnswer('is too long');
  }
  return text;
}

const completion = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })], z.unknown()),
});

function contentOf(body: string): string {
  const parsed = completion.safeParse(parseJsonOrNull(body));
  if (!parsed.success) throw unusableAnswer('is not a chat completion');
  return parsed.data.choices[0].message.content;
}

/** The parsed JSON, or null if the text is not JSON. */
export function parseJsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param why such as `is too long` */
export const unusableAnswer = (why: string): RecordError => new RecordError('ai_unusable', `the model's answer ${why}`);
