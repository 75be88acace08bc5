import { isDeepStrictEqual } from 'node:util';
import type { DataSource, Page } from '../model.ts';
import type { Store } from '../store.ts';

/** A row before and after a commit. */
export type Change =
  | { readonly table: 'page'; readonly before: Page | undefined; readonly after: Page }
  | { readonly table: 'data_source'; readonly before: DataSource | undefined; readonly after: DataSource };

/** A change as an event: its type, entity and author. */
export interface Occurrence {
  readonly type: string;
  readonly entity: { readonly id: string; readonly type: 'page' | 'data_source' };
  readonly author: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events of a change; none when nothing changed, or only who can see it. */
export function occurrencesOf(store: Store, change: Change): Occurrence[] {
  return change.table === 'page' ? ofPage(store, change.before, change.after) : ofSource(change.before, change.after);
}

function ofPage(store: Store, before: Page | undefined, after: Page): Occurrence[] {
  const parent = parentOf(store, after);
  const occurrence = (type: string, more: object = {}): Occurrence => ({
    type,
    entity: { id: after.id, type: 'page' },
    author: after.editedBy,
    data: { parent, ...more },
  });
  if (!before) return [occurrence('page.created')];
  const found: Occurrence[] = [];
  if (before.trashed !== after.trashed) {
    // For a page in the trash, Notion does not always send its data source.
    if (after.trashed)
      return [{ ...occurrence('page.deleted'), data: { parent: { id: parent.id, type: parent.type } } }];
    found.push(occurrence('page.undeleted'));
  }
  if (before.dataSourceId !== after.dataSourceId) return [...found, occurrence('page.moved')];
  if (before.locked !== after.locked) found.push(occurrence(after.locked ? 'page.locked' : 'page.unlocked'));
  const changed = [...new Set([...Object.keys(before.values), ...Object.keys(after.values)])].filter(
    (id) => !isDeepStrictEqual(before.values[id], after.values[id]),
  );
  // Notion's documentation shows an edited title as edited content.
  if (changed.includes('title')) found.push(occurrence('page.content_updated', { updated_blocks: [] }));
  const others = changed.filter((id) => id !== 'title').map(encodeURIComponent);
  if (others.length > 0) found.push(occurrence('page.properties_updated', { updated_properties: others }));
  return found;
}

function ofSource(before: DataSource | undefined, after: DataSource): Occurrence[] {
  const occurrence = (type: string): Occurrence => ({
    type,
    entity: { id: after.id, type: 'data_source' },
    author: after.editedBy,
    data: { parent: { id: after.databaseId, type: 'database' } },
  });
  if (!before) return [occurrence('data_source.created')];
  return isDeepStrictEqual(before.properties, after.properties) ? [] : [occurrence('data_source.schema_updated')];
}

function parentOf(store: Store, { dataSourceId }: Page): { id: string; type: string; data_source_id?: string } {
  const source = dataSourceId === null ? undefined : store.dataSources.get(dataSourceId);
  return source ? { id: source.databaseId, type: 'database', data_source_id: source.id } : { id: '', type: 'space' };
}
