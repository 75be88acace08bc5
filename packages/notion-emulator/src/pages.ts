import { invalid } from './api-error.ts';
import { object } from './expect.ts';
import type { FileRules } from './files.ts';
import { findProperty } from './find-property.ts';
import type { Put } from './journal.ts';
import type { DataSource, Page, Property, Value } from './model.ts';
import { WORKSPACE_TITLE } from './render.ts';
import type { Store } from './store.ts';
import { acceptValue, type ValueRules, valueOn } from './values.ts';
import { isVisible, mentionablesOf, type Viewer } from './visibility.ts';

export interface PropertyWrites {
  /** By property id. */
  readonly values: Readonly<Record<string, Value>>;
  /** With the options that the write created; null for a page outside a data source. */
  readonly dataSource: DataSource | null;
}

/** Who writes. People are not bound by the limits of API requests. */
export interface Writer {
  readonly userId: string;
  readonly viewer: Viewer;
}

/** Reads `properties` of a page request. */
export function acceptProperties(
  store: Store,
  dataSource: DataSource | null,
  written: unknown,
  writer: Writer,
  uploadedFile: FileRules['uploadedFile'],
): PropertyWrites {
  const rules: ValueRules = {
    limited: writer.viewer !== null,
    userId: writer.userId,
    mentionables: mentionablesOf(store, writer.viewer),
    relatedPage: (id) => {
      const page = store.page(id);
      return page && isVisible(store, page, writer.viewer) ? page : undefined;
    },
    user: (id) => store.users.get(id),
    uploadedFile,
  };
  const values: Record<string, Value> = {};
  const before = dataSource?.properties ?? [WORKSPACE_TITLE];
  let properties = before;
  for (const [key, given] of Object.entries(object(written, 'body.properties'))) {
    const known = findProperty({ properties: before }, key);
    if (!known) throw invalid(`${key} is not a property that exists.`);
    if (known.id in values) throw invalid(`${known.name} is set twice.`);
    const accepted = acceptValue(known, given, `body.properties.${key}`, rules);
    values[known.id] = accepted.value;
    properties = replaceIn(properties, known, accepted.property);
  }
  return { values, dataSource: dataSource && (properties === before ? dataSource : { ...dataSource, properties }) };
}

const replaceIn = (all: readonly Property[], before: Property, after: Property): readonly Property[] =>
  before === after ? all : all.map((property) => (property === before ? after : property));

export type NewPage = Pick<Page, 'id' | 'icon' | 'cover' | 'parentPageId' | 'template'>;

/** Stores a new page and updates two-way relations. @param along what to store in the same commit */
export function createPage(
  store: Store,
  writes: PropertyWrites,
  fresh: NewPage,
  by: string,
  along: readonly Put[] = [],
): Page {
  const now = store.clock.now();
  const blank: Page = {
    ...fresh,
    dataSourceId: writes.dataSource?.id ?? null,
    values: {},
    createdAt: now,
    editedAt: now,
    createdBy: by,
    editedBy: by,
    trashed: false,
    archived: false,
    locked: false,
    hiddenFrom: [],
  };
  return keep(store, blank, blank, fresh.template ? writes : numbered(writes), new Map(), along);
}

/** A page that comes into a data source with a unique_id property gets the next number. No number is used twice. */
function numbered(writes: PropertyWrites): PropertyWrites {
  const { dataSource, values } = writes;
  const property = dataSource?.properties.find(({ config }) => config.type === 'unique_id');
  if (!dataSource || !property) return writes;
  const number = (dataSource.lastUniqueId ?? 0) + 1;
  return {
    values: { ...values, [property.id]: { type: 'unique_id', number } },
    dataSource: { ...dataSource, lastUniqueId: number },
  };
}

export type PageChange = Partial<Pick<Page, 'trashed' | 'archived' | 'locked' | 'icon' | 'cover'>>;

/** Stores a change by a user. A change to equal values is also an edit. */
export function changePage(
  store: Store,
  page: Page,
  writes: PropertyWrites | null,
  change: PageChange,
  by: string,
): Page {
  return keep(store, page, { ...page, ...change, editedAt: store.clock.now(), editedBy: by }, writes);
}

/** Moves a page. It keeps the values of properties that have the same name and type in the other data source. */
export function movePage(
  store: Store,
  page: Page,
  from: DataSource | null,
  to: DataSource,
  by: string,
  along: readonly Put[] = [],
): Page {
  const touched = from ? unlink(store, page, from) : new Map<string, Page>();
  const before = from?.properties ?? [WORKSPACE_TITLE];
  const values: Record<string, Value> = {};
  for (const property of to.properties) {
    const old = before.find(
      (other) => other.name === property.name || (other.id === 'title' && property.id === 'title'),
    );
    const value = old && valueOn(page, old);
    const carried = old && value && carry(value, old, property);
    if (carried) values[property.id] = carried;
  }
  const { parentPageId: _, ...rest } = page;
  const moved: Page = { ...rest, dataSourceId: to.id, values: {}, editedAt: store.clock.now(), editedBy: by };
  return keep(store, moved, moved, numbered({ values, dataSource: to }), touched, along);
}

/** Moves a page into another page. It keeps its title only. */
export function movePageInto(
  store: Store,
  page: Page,
  from: DataSource | null,
  parentPageId: string,
  by: string,
  along: readonly Put[],
): Page {
  const touched = from ? unlink(store, page, from) : new Map<string, Page>();
  const values = page.values.title ? { title: page.values.title } : {};
  const stamps = { editedAt: store.clock.now(), editedBy: by };
  const moved: Page = { ...page, dataSourceId: null, parentPageId, values: {}, ...stamps };
  return keep(store, moved, moved, { values, dataSource: null }, touched, along);
}

/** Option ids differ between data sources; relations must have the same target. */
function carry(value: Value, from: Property, to: Property): Value | undefined {
  if (from.config.type !== to.config.type) return undefined;
  if (value.type === 'relation') {
    const same =
      from.config.type === 'relation' &&
      to.config.type === 'relation' &&
      from.config.dataSourceId === to.config.dataSourceId;
    return same ? value : undefined;
  }
  if (value.type === 'select' || value.type === 'status') {
    return { type: value.type, option: sameOption(value.option, from, to) };
  }
  if (value.type === 'multi_select') {
    return { type: 'multi_select', options: value.options.flatMap((id) => sameOption(id, from, to) ?? []) };
  }
  return value;
}

function sameOption(id: string | null, from: Property, to: Property): string | null {
  if (!('options' in from.config) || !('options' in to.config)) return null;
  const name = from.config.options.find((option) => option.id === id)?.name;
  return to.config.options.find((option) => option.name === name)?.id ?? null;
}

/** The related pages without their relations to this page. */
function unlink(store: Store, page: Page, dataSource: DataSource): Map<string, Page> {
  const touched = new Map<string, Page>();
  mirror(store, dataSource, page, { ...page, values: {} }, touched);
  return touched;
}

function keep(
  store: Store,
  before: Page,
  after: Page,
  writes: PropertyWrites | null,
  touched = new Map<string, Page>(),
  along: readonly Put[] = [],
): Page {
  if (!writes) {
    store.commit({ table: 'page', row: after });
    return after;
  }
  const page = { ...after, values: { ...after.values, ...writes.values } };
  const { dataSource } = writes;
  if (dataSource) mirror(store, dataSource, before, page, touched);
  else touched.set(page.id, page);
  const isChanged = dataSource !== null && store.dataSources.get(dataSource.id) !== dataSource;
  store.commit(
    ...(isChanged ? [{ table: 'data_source', row: dataSource } as const] : []),
    ...[...touched.values()].map((row) => ({ table: 'page', row }) as const),
    ...along,
  );
  return store.page(page.id) ?? page;
}

/**
 * Adds to `touched` the page and each page on the other side of its two-way
 * relations. Notion does not document whether those count as edited; here they do not.
 */
function mirror(store: Store, dataSource: DataSource, before: Page, after: Page, touched: Map<string, Page>): void {
  touched.set(after.id, after);
  const edit = (id: string, property: string, change: (pages: readonly string[]) => readonly string[]): void => {
    const page = touched.get(id) ?? store.page(id);
    if (!page) return;
    touched.set(id, {
      ...page,
      values: { ...page.values, [property]: { type: 'relation', pages: change(relatedIn(page, property)) } },
    });
  };
  for (const { id, config } of dataSource.properties) {
    if (config.type !== 'relation' || config.counterpart === null) continue;
    const { counterpart } = config;
    const old = relatedIn(before, id);
    const now = relatedIn(after, id);
    for (const other of old) {
      if (!now.includes(other)) edit(other, counterpart, (pages) => pages.filter((page) => page !== after.id));
    }
    for (const other of now) {
      if (!old.includes(other))
        edit(other, counterpart, (pages) => (pages.includes(after.id) ? pages : [...pages, after.id]));
    }
  }
}

function relatedIn(page: Page, property: string): readonly string[] {
  const value = page.values[property];
  return value?.type === 'relation' ? value.pages : [];
}
