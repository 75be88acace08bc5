import { NotionError, notSupported } from './api-error.ts';
import type { JsonObject } from './expect.ts';
import type { Capabilities, Integration } from './model.ts';
import type { ApiVersion } from './versions.ts';

/** The kind of a request, for faults and counters. */
export type RequestKind =
  | 'me'
  | 'users'
  | 'database'
  | 'create_database'
  | 'update_database'
  | 'data_source'
  | 'create_data_source'
  | 'update_data_source'
  | 'query'
  | 'create'
  | 'read'
  | 'update'
  | 'move'
  | 'property_item'
  | 'templates'
  | 'comments'
  | 'views'
  | 'file_uploads'
  | 'async_task'
  | 'custom_emojis'
  | 'read_markdown'
  | 'update_markdown'
  | 'block'
  | 'block_children'
  | 'append_blocks'
  | 'update_block'
  | 'delete_block'
  | 'search'
  | 'other';

export interface ApiRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  /** The parts of a `multipart/form-data` body. */
  readonly form?: FormData;
  readonly integration: Integration;
  readonly version: ApiVersion;
}

export interface Route {
  readonly kind: RequestKind;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/v1/`, with `:name` for a parameter. */
  readonly path: string;
  /** The capability that the integration needs. */
  readonly needs: keyof Capabilities | null;
  /** Whether it changes the workspace. */
  readonly writes?: boolean;
  readonly queryKeys?: readonly string[];
  /** The maximum size of a `multipart/form-data` body, for routes that take one. */
  readonly maxBytes?: number;
  /** Whether the version of the API has it; every version by default. */
  readonly isIn?: (version: ApiVersion) => boolean;
  handle(request: ApiRequest): object;
}

/** Paths of Notion's API that the emulator does not answer. */
const NOT_SUPPORTED =
  /^(oauth|agents|sessions|meeting_notes|webhooks)(\/|$)|^blocks\/meeting_notes\/query$|^databases\/[^/]+\/views$/;

/** @throws NotionError 400 `invalid_request_url` for an unknown path or method, 501 for one that is not modelled */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
  version: ApiVersion,
): { route: Route; params: Record<string, string> } {
  const below = path.startsWith('/v1/') ? path.slice('/v1/'.length) : null;
  const segments = below?.split('/') ?? [];
  for (const route of routes) {
    const offered = route.method === method && (route.isIn?.(version) ?? true);
    const params = offered ? match(route.path.split('/'), segments) : null;
    if (params) return { route, params };
  }
  if (below !== null && NOT_SUPPORTED.test(below)) throw notSupported(`${method} ${path}`);
  throw new NotionError(400, 'invalid_request_url', 'Invalid request URL.');
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) {
      const value = decoded(segment);
      if (!value) return null;
      params[part.slice(1)] = value;
    } else if (part !== segment) return null;
  }
  return params;
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
