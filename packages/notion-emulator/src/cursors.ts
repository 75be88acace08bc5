import { createHash } from 'node:crypto';
import { z } from 'zod';
import { invalid } from './api-error.ts';
import type { SortKey } from './sorts.ts';

/** The start of the next page of results. */
export interface Position {
  /** Results returned so far. */
  readonly served: number;
  /** The last result returned, for anchored cursors. */
  readonly after?: { readonly id: string; readonly order: number; readonly key: SortKey } | undefined;
}

const cursorShape = z.object({
  request: z.string(),
  served: z.number(),
  after: z
    .object({ id: z.string(), order: z.number(), key: z.array(z.union([z.number(), z.string(), z.null()])) })
    .optional(),
});

/** Identifies a request, because its cursor is refused with another filter or sort. */
export const requestMark = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16);

export const toCursor = (request: string, position: Position): string =>
  Buffer.from(JSON.stringify({ request, ...position })).toString('base64url');

/** @throws NotionError 400 for an invalid cursor, or one of another request */
export function fromCursor(cursor: unknown, request: string): Position {
  if (cursor === undefined || cursor === null) return { served: 0 };
  const wrong = invalid(`The start_cursor provided is invalid: ${String(cursor)}`);
  if (typeof cursor !== 'string') throw wrong;
  try {
    const { request: owner, ...position } = cursorShape.parse(
      JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')),
    );
    if (owner === request) return position;
  } catch {
    throw wrong;
  }
  throw wrong;
}
