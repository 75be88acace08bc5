import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';

export interface AsyncTask {
  readonly object: 'async_task';
  readonly id: string;
  readonly status: 'queued' | 'succeeded';
  readonly status_url: string;
  readonly created_time: string;
  readonly operation: { readonly surface: 'rest'; readonly name: string };
  readonly poll_after_seconds?: number;
  readonly result?: object;
}

/** Answers of requests with `allow_async`. The work is done at once; its result is read with another request. */
export class AsyncTasks {
  readonly #clock: Clock;
  readonly #finished = new Map<string, AsyncTask>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  finish(operation: string, result: object): AsyncTask {
    const id = `task_${randomUUID().replaceAll('-', '')}`;
    const common = {
      object: 'async_task',
      id,
      status_url: `https://api.notion.com/v1/async_tasks/${id}`,
      created_time: new Date(this.#clock.now()).toISOString(),
      operation: { surface: 'rest', name: operation },
    } as const;
    this.#finished.set(id, { ...common, status: 'succeeded', result });
    return { ...common, status: 'queued', poll_after_seconds: 2 };
  }

  find(id: string): AsyncTask | undefined {
    return this.#finished.get(id);
  }
}
