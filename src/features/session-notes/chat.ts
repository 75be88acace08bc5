import { z } from 'zod';
import type { AiService } from '../../config.ts';
import { FinalError, RecordError, RetryableError } from '../../errors.ts';
import { retryAfterMs } from '../../shared/retry-after.ts';

const ANSWER_MS = 120_000;
const LARGEST = 500_000;

/** One question to a model. */
export interface Question {
  readonly system: string;
  readonly user: string;
  /** The JSON schema of the answer, which the service may heed or not. */
  readonly schema: { readonly name: string; readonly schema: object };
}

/**
 * Asks any service that speaks as OpenAI's chat completions do.
 * @returns what the model said, which is anybody's text
 * @throws RetryableError when it is busy or away; FinalError when it refuses the key, the model or the question
 *   altogether; RecordError when it has no answer to this one. None holds the key, the question or the answer.
 */
export async function ask({ url, key, model }: AiService, question: Question, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    // The key goes to the address that was given, and nowhere else.
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
    throw away(error);
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw refused(response);
  }
  return contentOf(
    await bodyOf(response).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error instanceof RecordError ? error : away(error);
    }),
  );
}

const away = (cause: unknown): RetryableError =>
  new RetryableError('ai_unavailable', 'LOCKSTEP_AI_URL does not answer: check it; it is tried again', { cause });

function refused({ status, headers }: Response): Error {
  if (status === 429 || status >= 500) {
    return new RetryableError('ai_unavailable', `LOCKSTEP_AI_URL answers ${status}: it is tried again`, {
      retryAfterMs: retryAfterMs(headers.get('retry-after'), 5_000),
    });
  }
  if (status === 401 || status === 403) {
    return new FinalError('ai_refused', `LOCKSTEP_AI_URL answers ${status}: check LOCKSTEP_AI_KEY`);
  }
  if (status === 404) {
    return new FinalError(
      'ai_refused',
      'LOCKSTEP_AI_URL answers 404: check it (it ends before /chat/completions) and LOCKSTEP_AI_MODEL',
    );
  }
  return new RecordError('ai_refused', `the model refuses the question (${status})`);
}

async function bodyOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LARGEST) throw unusable('is too long');
  }
  return text;
}

const completion = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })], z.unknown()),
});

function contentOf(body: string): string {
  const parsed = completion.safeParse(jsonOrNull(body));
  if (!parsed.success) throw unusable('is no chat completion');
  return parsed.data.choices[0].message.content;
}

/** What a JSON text says; null where it is none. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param why such as `is too long` */
export const unusable = (why: string): RecordError => new RecordError('ai_unusable', `the model's answer ${why}`);
