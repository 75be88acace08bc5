import type { Database } from '../../../database/client.ts';
import { LockstepError } from '../../../errors.ts';
import type { HttpReply, HttpRequest, HttpStream } from '../../../shared/http-service.ts';
import type { Html } from '../html.ts';
import type { PlanJob } from '../plan-job.ts';
import { page, redirect } from '../reply.ts';
import type { Setup } from '../setup.ts';
import type { Temporal } from '../temporal.ts';
import type { View } from '../view.ts';

/** Where the pages get their data. */
export interface Sources {
  readonly database: Database;
  readonly temporal: Temporal;
  readonly setup: Setup;
  /** How many requests Notion allows in any 60 seconds. */
  readonly perMinute: number;
  readonly everyMs?: number;
  /** The ids of Google's calendars, by entity, for links to events. */
  readonly calendarIds?: Readonly<Record<string, string | undefined>>;
  /** Undefined where nothing can be planned. */
  readonly plans?: PlanJob | undefined;
  readonly say: (line: string) => void;
}

export interface Visit {
  readonly request: HttpRequest;
  /** What the first group in the route's path matched, decoded. */
  readonly part: string;
  /** What all groups matched, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  /** The fields of a POST. */
  readonly form: URLSearchParams;
  readonly view: View;
  /** For replies that are sent in parts. */
  readonly isStillSignedIn: () => boolean;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly handle: (visit: Visit) => Promise<HttpReply | HttpStream>;
}

/** Makes the routes of one subject. */
export type RoutesOf = (sources: Sources) => readonly Route[];

/** A page. */
export const get = (path: RegExp, show: (visit: Visit) => Promise<Html>): Route => ({
  method: 'GET',
  path,
  handle: async (visit) => page(await show(visit)),
});

/** A form. @param act returns the path of the page that shows the result */
export const post = (path: RegExp, act: (visit: Visit) => Promise<string>): Route => ({
  method: 'POST',
  path,
  handle: async (visit) => redirect(await act(visit)),
});

/** Longer titles are cut in SQL. */
export const MAX_TITLE_LENGTH = 200;
/** Longer texts are cut in SQL. */
export const MAX_VALUE_LENGTH = 5_000;
/** Versions with more bytes together are not compared in a page. */
export const MAX_COMPARED_BYTES = 2_000_000;

/** A number in a query: the id of a run or a change. */
export const idIn = (text: string | null): bigint | undefined =>
  text !== null && /^\d{1,18}$/.test(text) ? BigInt(text) : undefined;

/** The workflow that the visitor has just started. A page shows no other text than a workflow id of Lockstep. */
export const startedId = (text: string | null): string | null =>
  text && /^lockstep-sync-[\w:.-]+$/.test(text) ? text : null;

/** The result, or why there is none: the rest of the page is worth showing. */
export async function orReason<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LockstepError) return error.message;
    throw error;
  }
}
