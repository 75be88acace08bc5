import type { Entity } from '../../src/entities/define.ts';
import { bodyField, emptyValue, syncedFields } from '../../src/entities/define.ts';
import { RecordError } from '../../src/errors.ts';
import type { RemoteBatch, RemoteEntity, RemoteRecord } from '../../src/sync/ports.ts';
import type { Fields, Json, Value } from '../../src/sync/types.ts';
import type { RemoteChange } from '../../src/sync/update-port.ts';
import { isArchivedStatus } from './entities.ts';
import type { Attempt, Commit, Fate, Faults } from './faults.ts';
import { PageUpdate } from './page-update.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;
const BATCH = 3;
/** Pages that were edited less than this long ago are read before they are written (S5: a quarter of an hour). */
export const QUIET_MS = 3 * MINUTE_MS;
/** The oldest listing that a write may rely on (S5). */
const MAX_LISTING_AGE_MS = 10_000;
/** Notion gives up on a request after a minute, and its index shows what it created then. */
const MAX_LATE_CREATION_MS = 10_000;
/** Who wrote a version. A program uses the same integration as the sync, but its edits are edits like a person's. */
export type Writer = 'person' | 'program' | 'sync';

/** One version of a page. A listing may return an old one. */
export interface Version {
  readonly at: number;
  /** Its place among all writes in the world. */
  readonly order: number;
  readonly writer: Writer;
  /** For a write of the sync: the place of the look that it relies on. */
  readonly lookedAt: number;
  readonly fate: Fate;
  /** When listings start to show it. */
  readonly visibleAt: number;
  readonly fields: Fields;
  readonly trashed: boolean;
  readonly syncKey: string | null;
  readonly editedAt: number;
  /** The fields whose value has something that SQL cannot express, such as colours, mentions or the end of a date. */
  readonly unexpressed: ReadonlySet<string>;
}

export interface Page {
  readonly id: string;
  readonly entity: Entity;
  readonly createdAt: number;
  readonly creator: Writer;
  /** The row that the sync created it for. */
  readonly madeFor: string | null;
  /** Whether it is shared with the integration. */
  shared: boolean;
  /** Whether it ever was not. */
  wasUnshared: boolean;
  /** Whether it is too long to be read completely. */
  bodyHidden: boolean;
  readonly versions: Version[];
}

/** A page in the version that listings show. */
interface Listed {
  readonly page: Page;
  readonly version: Version;
}

type Change = Partial<Pick<Version, 'fields' | 'trashed' | 'syncKey' | 'unexpressed'>>;

/** How a write came to be. */
type Origin = Pick<Version, 'writer'> & Partial<Pick<Version, 'lookedAt' | 'fate'>>;

const emptyFields = (entity: Entity): Fields =>
  Object.fromEntries(syncedFields(entity).map(([name, field]) => [name, emptyValue(field)]));

/** Notion for the engine: times in whole minutes, a delayed index, and no conditional writes except ours. */
export class MemoryNotion {
  readonly pages = new Map<string, Page>();
  /** Number of writes by the sync. */
  writes = 0;
  /** Whether Notion's option for archived records is spelt in another case than ours. */
  spellsLowerCase = false;
  /** Whether a rewritten body may have other words. */
  changesWords = true;
  /** Number of bodies read for listed pages. */
  bodyReads = 0;
  /** Called when the sync is about to send a change of a page, or has sent it. */
  onSend: (pageId: string) => void = () => undefined;
  /** Called before the sync archives a live page. */
  onArchive: (page: Page) => void = () => undefined;
  /** Called before a page is written that was not read, with the version that a listing must have shown. */
  onUnreadWrite: (page: Page, change: RemoteChange, listed: Version) => void = () => undefined;
  /** Called when such a write is answered. */
  onUnreadAnswer: (attempt: Attempt, page: Page) => void = () => undefined;
  /** Called when a sync has ended without an error. */
  onSynced: (attempt: Attempt) => void = () => undefined;
  /** Called before every change that the sync makes to an existing page. */
  onSyncWrite: (page: Page, change: RemoteChange, fate: Fate) => void = () => undefined;
  /** The maximum delay of listings, in milliseconds. */
  lagMs = 0;
  readonly #world: World;
  readonly #faults: Faults;
  readonly entities: readonly Entity[];
  #count = 0;

  constructor(world: World, faults: Faults, entities: readonly Entity[]) {
    this.#world = world;
    this.#faults = faults;
    this.entities = entities;
  }

  create(entity: Entity, change: Change, writer: Writer): Page {
    this.#count += 1;
    const page: Page = {
      id: `page-${entity.name}-${String(this.#count).padStart(3, '0')}`,
      entity,
      createdAt: this.#world.now,
      creator: writer,
      madeFor: writer === 'sync' ? (change.syncKey ?? null) : null,
      shared: true,
      wasUnshared: false,
      bodyHidden: false,
      versions: [],
    };
    this.pages.set(page.id, page);
    this.#commit(
      page,
      {
        trashed: false,
        syncKey: null,
        unexpressed: new Set<string>(),
        ...change,
        fields: { ...emptyFields(entity), ...change.fields },
      },
      { writer },
    );
    return page;
  }

  edit(pageId: string, change: Change, writer: Writer): void {
    this.#edit(this.page(pageId), change, { writer });
  }

  #edit(page: Page, change: Change, origin: Origin): void {
    const now = latest(page);
    this.#commit(page, { ...now, ...change, fields: { ...now.fields, ...change.fields } }, origin);
  }

  /** A two-way relation written from its other side. The pages that change are not marked as edited. */
  linkFromFarSide(page: Page, field: string, target: Value): void {
    const now = latest(page);
    page.versions.push({
      ...now,
      at: this.#world.now,
      order: this.#world.nextOrder(),
      writer: 'person',
      visibleAt: this.#visibleAt(),
      fields: { ...now.fields, [field]: target },
    });
  }

  page(pageId: string): Page {
    const page = this.pages.get(pageId);
    if (!page) throw new Error(`no page ${pageId}`);
    return page;
  }

  of(entity: Entity): Page[] {
    return [...this.pages.values()].filter((page) => page.entity === entity);
  }

  /** The newest version, as the engine reads it. */
  record(page: Page, version = latest(page)): RemoteRecord {
    return {
      remoteId: page.id,
      fields: version.fields,
      trashed: version.trashed,
      createdAt: minute(page.createdAt),
      editedAt: minute(version.editedAt),
      syncKey: version.syncKey,
      createdByUs: page.creator !== 'person',
      editedByUs: version.writer !== 'person',
      backLinks: this.#backLinks(page),
      unexpressed: [...version.unexpressed],
    };
  }

  /** As a query returns it: without its body. */
  #listedRecord(page: Page, version: Version): RemoteRecord {
    const record = { ...this.record(page, version), fields: this.#visible(page.entity, version.fields) };
    const name = bodyField(page.entity);
    if (name === undefined) return record;
    const { [name]: _, ...fields } = record.fields;
    return { ...record, fields, bodyReadAt: null };
  }

  /** Whether links to a page are left out of what is read: it is in the trash, or not shared. */
  isHidden(pageId: string): boolean {
    const page = this.pages.get(pageId);
    return !page?.shared || latest(page).trashed;
  }

  #visible(entity: Entity, fields: Fields): Fields {
    const shown = Object.entries(fields).map(([name, value]): [string, Value] => {
      if (!isLink(entity, name) || value === null) return [name, value];
      return [
        name,
        Array.isArray(value) ? value.filter((id) => !this.isHidden(id)) : this.isHidden(String(value)) ? null : value,
      ];
    });
    return Object.fromEntries(shown);
  }

  /** As a single read returns it: with its body, if that can be read. */
  #wholeRecord(page: Page): RemoteRecord {
    const record = this.#listedRecord(page, latest(page));
    return record.trashed ? record : this.#withBody(page, record);
  }

  #withBody(page: Page, record: RemoteRecord): RemoteRecord {
    const name = bodyField(page.entity);
    if (name === undefined) return record;
    if (page.bodyHidden || !page.shared) return { ...record, bodyError: new RecordError('body_truncated', 'hidden') };
    const body = latest(page).fields[name] ?? null;
    return { ...record, fields: { ...record.fields, [name]: body }, bodyReadAt: new Date(this.#world.now) };
  }

  /** The engine's port, for one attempt. */
  port(entity: Entity, attempt: Attempt): RemoteEntity {
    const read = <T>(label: string, work: () => T): Promise<T> =>
      this.#faults.around(attempt, `notion ${entity.name} ${label}`, { kind: 'read' }, work);
    const write = <T>(label: string, work: Commit<T>, maxLateMs?: number): Promise<T> =>
      this.#faults.around(
        attempt,
        `notion ${entity.name} ${label}`,
        { kind: 'write', ...(maxLateMs === undefined ? {} : { maxLateMs }) },
        work,
      );
    return {
      side: 'notion',
      editGrainMs: MINUTE_MS,
      creationLagMs: MINUTE_MS,
      supports: { bodies: bodyField(entity) !== undefined, hiddenLinks: true, atomicUpdates: false },
      toCanonical: (fields) => fields,
      now: () => new Date(this.#world.now),
      listing: {
        kind: 'watermark',
        now: () => new Date(this.#world.now),
        latestEdit: () =>
          read('latest edit', () => {
            const newest = this.#listed(entity).map(({ version }) => version.editedAt);
            return newest.length > 0 ? minute(Math.max(...newest)) : null;
          }),
        changedSince: (since, next) =>
          read('query changes', () => {
            const found = this.#listed(entity)
              .filter(({ version }) => minute(version.editedAt) >= since)
              .sort((a, b) => minutes(a.version.editedAt) - minutes(b.version.editedAt) || compareIds(a, b));
            return this.#batch(found, next);
          }),
        editedSince: async (since, most) => {
          const requestedAt = this.#world.now;
          const remoteIds = await read('query edited', () =>
            this.#listed(entity).flatMap(({ page, version }) => (minute(version.editedAt) >= since ? [page.id] : [])),
          );
          return remoteIds.length > most ? null : { remoteIds, requestedAt };
        },
        elapsedMs: () => this.#world.now,
        scan: (position): Promise<RemoteBatch<Json>> =>
          read('scan', () => {
            const found = this.#listed(entity).sort(
              (a, b) => minutes(a.page.createdAt) - minutes(b.page.createdAt) || compareIds(a, b),
            );
            return this.#batch(found, position === null ? null : String(position));
          }),
      },
      read: (pageId) =>
        read('read', () => {
          const page = this.pages.get(pageId);
          return page?.shared ? this.#wholeRecord(page) : null;
        }),
      readBody: (record) =>
        read('read body', () => {
          this.bodyReads += 1;
          return this.#withBody(this.page(record.remoteId), record);
        }),
      isHidden: (pageId) => read('is hidden', () => this.isHidden(pageId)),
      findByKey: (keys) =>
        read('find by key', () =>
          this.#listed(entity)
            .filter(({ version: { syncKey } }) => syncKey !== null && keys.includes(syncKey))
            .map(({ page, version }) => this.#listedRecord(page, version)),
        ),
      create: (recordId, fields) =>
        write(
          'create',
          () => {
            this.writes += 1;
            const change = { fields: this.#written(entity, this.#checked(entity, fields)), syncKey: recordId };
            return this.#wholeRecord(this.create(entity, change, 'sync'));
          },
          MAX_LATE_CREATION_MS,
        ),
      update: (pageId, change, precondition) =>
        new PageUpdate(
          { entity, attempt, notion: this, world: this.#world, read, write },
          { pageId, change, precondition },
        ).run(),
    };
  }

  /**
   * The version that a page which is written now without a read may be taken to have: older listings must not be relied
   * on. Null: the page had been edited shortly before, and is read.
   */
  listedVersion({ versions }: Page): Version | null {
    const { now } = this.#world;
    const listed = versions.findLast(({ visibleAt }) => visibleAt <= now - MAX_LISTING_AGE_MS);
    return listed && minute(listed.editedAt).getTime() <= now - QUIET_MS ? listed : null;
  }

  /** A look at a page, as before a write. Null: it is not shared. */
  look(pageId: string, withBody: boolean): { page: Page; record: RemoteRecord; order: number } | null {
    const page = this.pages.get(pageId);
    if (!page?.shared) return null;
    const record = withBody ? this.#wholeRecord(page) : this.#listedRecord(page, latest(page));
    return { page, record, order: this.#world.nextOrder() };
  }

  /** The same for a page that was not read. @param listed what the sync may rely on; null: it had to read the page */
  patchUnread(page: Page, change: RemoteChange, listed: Version | null, fate: Fate): void {
    this.patch(page, change, listed?.order ?? Number.POSITIVE_INFINITY, fate);
    if (listed) this.onUnreadWrite(page, change, listed);
  }

  /** One request of the sync to change a page. Notion refuses changes of a page in the trash, except to restore it. */
  patch(page: Page, change: RemoteChange, lookedAt: number, fate: Fate): void {
    const late = fate === 'late';
    if (latest(page).trashed && change.trashed !== false) throw new RecordError('page_trashed', 'in the trash');
    const { fields = {}, ...flags } = change;
    const accepted = this.#written(page.entity, this.#checked(page.entity, fields));
    this.writes += 1;
    this.onSyncWrite(page, change, fate);
    if (!late && change.trashed && !latest(page).trashed) this.onArchive(page);
    const isArchived = ({ status }: Fields): boolean => isArchivedStatus(page.entity, status);
    if (!late && isArchived(fields) && !isArchived(latest(page).fields)) this.onArchive(page);
    const unexpressed = new Set([...latest(page).unexpressed].filter((name) => !(name in accepted)));
    this.#edit(page, { ...flags, fields: accepted, unexpressed }, { writer: 'sync', lookedAt, fate });
  }

  #commit(
    page: Page,
    { fields, trashed, syncKey, unexpressed }: Pick<Version, 'fields' | 'trashed' | 'syncKey' | 'unexpressed'>,
    { writer, lookedAt = 0, fate = 'answered' }: Origin,
  ): void {
    const { now } = this.#world;
    const spelt = this.#spelt(page.entity, fields);
    const order = this.#world.nextOrder();
    const visibleAt = this.#visibleAt();
    page.versions.push({
      at: now,
      order,
      writer,
      lookedAt,
      fate,
      visibleAt,
      fields: spelt,
      trashed,
      syncKey,
      editedAt: now,
      unexpressed,
    });
  }

  /** A page adds no option to a status: one that differs only in case is returned as it is spelt in Notion. */
  #spelt(entity: Entity, fields: Fields): Fields {
    const isArchived = isArchivedStatus(entity, fields.status);
    return isArchived && this.spellsLowerCase
      ? { ...fields, status: String(entity.archivedStatus).toLowerCase() }
      : fields;
  }

  #visibleAt(): number {
    return this.#world.now + (this.lagMs > 0 ? this.#world.random.below(this.lagMs) : 0);
  }

  #listed(entity: Entity): Listed[] {
    return this.of(entity).flatMap((page) => {
      const version = page.versions.findLast(({ visibleAt }) => visibleAt <= this.#world.now);
      return page.shared && version && !version.trashed ? [{ page, version }] : [];
    });
  }

  /** A page of a listing. The cursor is the last id, so edits of other pages do not affect it. */
  #batch(found: readonly Listed[], cursor: string | null): RemoteBatch<string> {
    const after = cursor === null ? 0 : found.findIndex(({ page }) => page.id === cursor) + 1;
    const records = found.slice(after, after + BATCH).map(({ page, version }) => this.#listedRecord(page, version));
    const last = records.at(-1);
    return { records, next: last && after + BATCH < found.length ? last.remoteId : null };
  }

  #backLinks(page: Page): RemoteRecord['backLinks'] {
    return Object.fromEntries(
      Object.entries(page.entity.fields).flatMap(([name, field]) => {
        if (field.kind !== 'back_link') return [];
        const from = this.entities.find((entity) => entity.name === field.of);
        if (!from) return [];
        const remoteIds = this.of(from)
          .filter((other) => [latest(other).fields[field.through] ?? []].flat().includes(page.id))
          .map((other) => other.id);
        return [[name, { remoteIds, complete: true }]];
      }),
    );
  }

  /** Notion rewrites Markdown in its own style, which may even change words. */
  #written(entity: Entity, written: Fields): Fields {
    const fields = withPeopleById(entity, written);
    const name = bodyField(entity);
    const body = name === undefined ? null : fields[name];
    if (name === undefined || typeof body !== 'string' || !body.startsWith('* ')) return fields;
    const words = body.slice(2);
    const isChanged = this.changesWords && Number(words.slice(1)) % 3 === 0;
    return { ...fields, [name]: isChanged ? `- link ${words}` : `- ${words}` };
  }

  /** Notion refuses links to pages that are hidden. */
  #checked(entity: Entity, fields: Fields): Fields {
    for (const [name, value] of Object.entries(fields)) {
      for (const id of isLink(entity, name) ? [value ?? []].flat().map(String) : []) {
        if (!this.pages.has(id)) throw new Error(`Notion was sent the page id ${id}`);
        if (this.isHidden(id)) throw new RecordError('link_refused', `page ${id} is hidden`);
      }
    }
    return fields;
  }
}

const isLink = ({ fields }: Entity, name: string): boolean => fields[name]?.kind.startsWith('relation') ?? false;

/** The end of the e-mails that SQL may write for people. */
export const MAIL = '@example.com';

/** As the adapter sends them: the id of each person that SQL has by e-mail. */
function withPeopleById(entity: Entity, fields: Fields): Fields {
  const byId = (value: Value): Value =>
    Array.isArray(value) ? [...new Set(value.map((person) => String(person).replace(MAIL, '')))] : value;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, entity.fields[name]?.kind === 'people' ? byId(value) : value]),
  );
}

export function latest(page: Page): Version {
  const version = page.versions.at(-1);
  if (!version) throw new Error('a page without a version');
  return version;
}

const minutes = (at: number): number => Math.floor(at / MINUTE_MS);

const minute = (at: number): Date => new Date(minutes(at) * MINUTE_MS);

const compareIds = (a: Listed, b: Listed): number => (a.page.id < b.page.id ? -1 : 1);
