import type { IncomingMessage } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly allow?: string;
}

/** What the webhook server does with a request to one of its paths. What it throws makes the sender try again. */
export type Handler = (request: IncomingMessage, body: Buffer) => Promise<Answer>;
