/** A page has at most a few megabytes, and a query returns up to 100 of them. */
export const MAX_ANSWER_BYTES = 64_000_000;

/** The answer was not read to its end, because it is larger than any of Notion's. */
export class AnswerTooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`the answer has more than ${maxBytes} bytes`);
  }
}

/** Fails with AnswerTooLargeError while the body is read, instead of filling the memory of the process. */
export function limitAnswer(response: Response, maxBytes: number): Response {
  if (response.body === null) return response;
  let bytes = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new AnswerTooLargeError(maxBytes);
      controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(limit), { status, statusText, headers });
}
