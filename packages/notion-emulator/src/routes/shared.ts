import { invalid } from '../api-error.ts';
import type { AsyncTasks } from '../async-tasks.ts';
import type { BlockRules } from '../blocks/accept.ts';
import type { BodyWriter } from '../bodies.ts';
import { uuid } from '../expect.ts';
import { findProperty } from '../find-property.ts';
import type { DataSource, Integration } from '../model.ts';
import { type Rendering, renderingOf } from '../rendering.ts';
import type { ApiRequest } from '../router.ts';
import type { Settings } from '../settings.ts';
import type { Store } from '../store.ts';
import { attachUpload } from '../uploads.ts';
import { mentionablesOf } from '../visibility.ts';

/** What the route handlers use. */
export interface Backend {
  readonly store: Store;
  settings(): Settings;
  newId(): string;
  readonly tasks: AsyncTasks;
}

/** What requests of an integration may refer to. */
export const rulesFor = ({ store, newId }: Backend, integration: Integration): BlockRules => ({
  limited: true,
  mentionables: mentionablesOf(store, integration),
  newId,
  uploadedFile: (id) => attachUpload(store, id),
});

/** Who writes a body. */
export const bodyWriterFor = ({ store, settings, newId }: Backend, viewer: Integration): BodyWriter => ({
  store,
  settings: settings(),
  newId,
  viewer,
  userId: viewer.botId,
});

/** The id in the path, with dashes. */
export const idIn = (request: ApiRequest, name: string): string => uuid(request.params[name], `path.${name}`);

export const renderingFor = ({ store }: Backend, viewer: Integration): Rendering => renderingOf(store, viewer);

/** For queries and searches, which see pages as they were `indexLagMs` ago. */
export function lagging(backend: Backend, viewer: Integration): Rendering {
  const { store } = backend;
  const { indexLagMs } = backend.settings();
  return renderingOf(store, viewer, indexLagMs > 0 ? store.asOf(store.clock.now() - indexLagMs) : store);
}

/** Reads `filter_properties` in both spellings: the ids of the properties to return. */
export function chosenProperties(
  request: ApiRequest,
  dataSource: DataSource | undefined,
): { only?: ReadonlySet<string> } {
  const keys = [...request.query.getAll('filter_properties'), ...request.query.getAll('filter_properties[]')];
  if (keys.length === 0) return {};
  const ids = keys.map((key) => {
    const property = dataSource && findProperty(dataSource, key);
    if (!property) throw invalid(`Could not find property with name or id: ${key}`);
    return property.id;
  });
  return { only: new Set(ids) };
}

export const FILTER_PROPERTIES = ['filter_properties', 'filter_properties[]'];
