import { invalid } from '../api-error.ts';
import { choice, object, text, uuid } from '../expect.ts';
import type { DataSource, Icon, Integration } from '../model.ts';
import { type Rendering, renderingOf } from '../render.ts';
import type { ApiRequest } from '../router.ts';
import { findProperty } from '../schema.ts';
import type { Settings } from '../settings.ts';
import type { Store } from '../store.ts';

/** What the route handlers use. */
export interface Backend {
  readonly store: Store;
  settings(): Settings;
}

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

export function acceptIcon(value: unknown, path: string): Icon {
  if (value === null) return null;
  const icon = object(value, path, ['type', 'emoji', 'external']);
  if (icon.emoji !== undefined) return { emoji: text(icon.emoji, `${path}.emoji`, { min: 1 }) };
  return { external: externalUrl(icon.external, `${path}.external`) };
}

export function acceptCover(value: unknown, path: string): string | null {
  if (value === null) return null;
  const cover = object(value, path, ['type', 'external']);
  if (cover.type !== undefined) choice(cover.type, `${path}.type`, ['external']);
  return externalUrl(cover.external, `${path}.external`);
}

const externalUrl = (value: unknown, path: string): string =>
  text(object(value, path, ['url']).url, `${path}.url`, { min: 1, max: 2000 });
