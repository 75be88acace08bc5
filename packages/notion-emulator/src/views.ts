import { randomUUID } from 'node:crypto';
import { NotionError, notFound } from './api-error.ts';
import type { Clock } from './clock.ts';
import { uuidFrom } from './ids.ts';
import type { Database, View } from './model.ts';
import type { Store } from './store.ts';
import { requireDatabase, type Viewer } from './visibility.ts';

/** The views of all databases. Each database has a table until it is deleted. */
export const viewsOf = (store: Store): View[] =>
  [
    ...[...store.databases.values()].map(firstView).filter(({ id }) => !store.views.has(id)),
    ...store.views.values(),
  ].filter(({ deleted }) => !deleted);

const firstView = ({ id, dataSourceIds, createdAt, editedAt, createdBy, editedBy }: Database): View => ({
  id: uuidFrom(`first view of ${id}`),
  databaseId: id,
  dataSourceId: dataSourceIds[0] ?? null,
  name: 'Default view',
  type: 'table',
  filter: null,
  sorts: null,
  quickFilters: null,
  configuration: { type: 'table' },
  deleted: false,
  ...{ createdAt, editedAt, createdBy, editedBy },
});

/** @throws NotionError 404 */
export function findView(store: Store, id: string, viewer: Viewer): View {
  const view = viewsOf(store).find((each) => each.id === id);
  if (!view) throw notFound('view', id);
  requireDatabase(store, view.databaseId, viewer);
  return view;
}

interface ViewQuery {
  readonly object: 'view_query';
  readonly id: string;
  readonly view_id: string;
  readonly expires_at: string;
  readonly total_count: number;
}

const VALID_MS = 15 * 60_000;

/** Results of views, kept for 15 minutes. */
export class ViewQueries {
  readonly #clock: Clock;
  readonly #kept = new Map<
    string,
    { readonly viewId: string; readonly ids: readonly string[]; readonly until: number }
  >();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(viewId: string, ids: readonly string[]): ViewQuery {
    const id = randomUUID();
    const until = this.#clock.now() + VALID_MS;
    this.#kept.set(id, { viewId, ids, until });
    const expires_at = new Date(until).toISOString().replace('Z', '+00:00');
    return { object: 'view_query', id, view_id: viewId, expires_at, total_count: ids.length };
  }

  /** @throws NotionError 404 for a query that is unknown or expired */
  find(viewId: string, id: string): readonly string[] {
    const kept = this.#kept.get(id);
    if (kept?.viewId === viewId && kept.until >= this.#clock.now()) return kept.ids;
    throw new NotionError(404, 'object_not_found', `Could not find view query with ID: ${id}.`);
  }

  remove(viewId: string, id: string): void {
    this.find(viewId, id);
    this.#kept.delete(id);
  }
}
