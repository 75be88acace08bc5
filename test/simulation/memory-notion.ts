import type { Entity } from '../../src/entities/define.ts';
import { bodyField, syncedFields } from '../../src/entities/define.ts';
import { RecordError } from '../../src/errors.ts';
import type { RemoteBatch, RemoteChange, RemoteEntity, RemoteRecord, UpdateResult } from '../../src/sync/ports.ts';
import type { Fields, Json } from '../../src/sync/types.ts';
import type { Attempt, Faults } from './faults.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;
const BATCH = 3;

/** One version of a page. A listing may return an old one. */
interface Version {
  readonly at: number;
  /** When listings start to show it. */
  readonly visibleAt: number;
  readonly fields: Fields;
  readonly trashed: boolean;
  readonly syncKey: string | null;
  readonly editedAt: number;
  readonly editedByUs: boolean;
}

interface Page {
  readonly id: string;
  readonly entity: Entity;
  readonly createdAt: number;
  readonly madeByUs: boolean;
  /** The row that the sync created it for. */
  readonly madeFor: string | null;
  /** Whether it is shared with the integration. */
  shared: boolean;
  /** Whether it is too long to be read completely. */
  bodyHidden: boolean;
  readonly versions: Version[];
}

type Change = Partial<Pick<Version, 'fields' | 'trashed' | 'syncKey'>>;

const emptyFields = (entity: Entity): Fields =>
  Object.fromEntries(syncedFields(entity).map(([name, { kind }]) => [name, kind === 'relation_many' ? [] : null]));

/** Notion for the engine: times in whole minutes, a delayed index, and no conditional writes except ours. */
export class MemoryNotion {
  readonly pages = new Map<string, Page>();
  /** Number of writes by the sync. */
  writes = 0;
  /** Number of bodies read for listed pages. */
  bodyReads = 0;
  /** The maximum delay of listings, in milliseconds. */
  lagMs = 0;
  readonly #world: World;
  readonly #faults: Faults;
  readonly #entities: readonly Entity[];
  #count = 0;

  constructor(world: World, faults: Faults, entities: readonly Entity[]) {
    this.#world = world;
    this.#faults = faults;
    this.#entities = entities;
  }

  create(entity: Entity, change: Change, byUs: boolean): Page {
    this.#count += 1;
    const page: Page = {
      id: `page-${entity.name}-${String(this.#count).padStart(3, '0')}`,
      entity,
      createdAt: this.#world.now,
      madeByUs: byUs,
      madeFor: byUs ? (change.syncKey ?? null) : null,
      shared: true,
      bodyHidden: false,
      versions: [],
    };
    this.pages.set(page.id, page);
    this.#commit(
      page,
      { trashed: false, syncKey: null, ...change, fields: { ...emptyFields(entity), ...change.fields } },
      byUs,
    );
    return page;
  }

  edit(pageId: string, change: Change, byUs: boolean): void {
    const page = this.page(pageId);
    const now = latest(page);
    this.#commit(page, { ...now, ...change, fields: { ...now.fields, ...change.fields } }, byUs);
  }

  /** A two-way relation written from its other side. The pages that change are not marked as edited. */
  linkFromFarSide(page: Page, field: string, target: string | null): void {
    const now = latest(page);
    page.versions.push({
      ...now,
      at: this.#world.now,
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
      createdByUs: page.madeByUs,
      editedByUs: version.editedByUs,
      backLinks: this.#backLinks(page),
    };
  }

  /** As a query returns it: without its body. */
  #listedRecord(page: Page, version: Version): RemoteRecord {
    const record = this.record(page, version);
    const name = bodyField(page.entity);
    if (name === undefined) return record;
    const { [name]: _, ...fields } = record.fields;
    return { ...record, fields, bodyReadAt: null };
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
      this.#faults.around(attempt, `notion ${entity.name} ${label}`, 'read', work);
    const write = <T>(label: string, work: () => T): Promise<T> =>
      this.#faults.around(attempt, `notion ${entity.name} ${label}`, 'write', () => {
        this.writes += 1;
        return work();
      });
    return {
      side: 'notion',
      editGrainMs: MINUTE_MS,
      creationLagMs: MINUTE_MS,
      supports: { bodies: bodyField(entity) !== undefined, hiddenLinks: false, atomicUpdates: false },
      toCanonical: (fields) => fields,
      listing: {
        kind: 'watermark',
        now: () => new Date(this.#world.now),
        latestEdit: () =>
          read('latest edit', () => {
            const newest = this.#listed(entity).map(({ editedAt }) => editedAt.getTime());
            return newest.length > 0 ? new Date(Math.max(...newest)) : null;
          }),
        changedSince: (since, next) =>
          read('query changes', () => {
            const found = this.#listed(entity)
              .filter(({ editedAt }) => editedAt >= since)
              .sort((a, b) => a.editedAt.getTime() - b.editedAt.getTime() || a.remoteId.localeCompare(b.remoteId));
            return batch(found, next);
          }),
        scan: (position): Promise<RemoteBatch<Json>> =>
          read('scan', () => {
            const found = this.#listed(entity).sort(
              (a, b) => a.createdAt.getTime() - b.createdAt.getTime() || a.remoteId.localeCompare(b.remoteId),
            );
            return batch(found, position === null ? null : String(position));
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
      isHidden: async () => false,
      findByKey: (keys) =>
        read('find by key', () =>
          this.#listed(entity).filter(({ syncKey }) => syncKey !== null && keys.includes(syncKey)),
        ),
      create: (recordId, fields) =>
        write('create', () =>
          this.#wholeRecord(
            this.create(entity, { fields: written(entity, this.#checked(fields)), syncKey: recordId }, true),
          ),
        ),
      update: async (pageId, change, still) =>
        write('update', () => {
          const page = this.pages.get(pageId);
          if (!page?.shared) {
            this.writes -= 1;
            return { kind: 'gone' };
          }
          const writesBody = (bodyField(page.entity) ?? '') in (change.fields ?? {});
          const before = writesBody ? this.#wholeRecord(page) : this.#listedRecord(page, latest(page));
          if (!still(before)) {
            this.writes -= 1;
            return { kind: 'changed', record: before };
          }
          if (before.trashed && change.trashed !== false) throw new RecordError('page_trashed', 'in the trash');
          return this.#write(page, change, still);
        }),
    };
  }

  #write(page: Page, change: RemoteChange, still: (record: RemoteRecord) => boolean): UpdateResult {
    const { fields = {}, ...flags } = change;
    const name = bodyField(page.entity) ?? '';
    if (latest(page).trashed && name in fields) {
      // Edits made before the page was trashed show only now.
      this.edit(page.id, { trashed: false }, true);
      const restored = this.#wholeRecord(page);
      if (!still({ ...restored, trashed: true })) return { kind: 'changed', record: restored };
    }
    const trouble = this.#wholeRecord(page).bodyError;
    const refused = trouble && name in fields ? { [name]: trouble } : {};
    const taken = Object.fromEntries(Object.entries(fields).filter(([field]) => !(field in refused)));
    const isEmpty = Object.keys(taken).length === 0 && Object.keys(flags).length === 0;
    if (isEmpty) this.writes -= 1;
    else this.edit(page.id, { ...flags, fields: written(page.entity, this.#checked(taken)) }, true);
    const record = name in fields ? this.#wholeRecord(page) : this.#listedRecord(page, latest(page));
    return { kind: 'updated', record, refused };
  }

  #commit(page: Page, next: Omit<Version, 'at' | 'visibleAt' | 'editedAt' | 'editedByUs'>, byUs: boolean): void {
    const { fields, trashed, syncKey } = next;
    const { now } = this.#world;
    page.versions.push({
      at: now,
      visibleAt: this.#visibleAt(),
      fields,
      trashed,
      syncKey,
      editedAt: now,
      editedByUs: byUs,
    });
  }

  #visibleAt(): number {
    return this.#world.now + (this.lagMs > 0 ? this.#world.random.below(this.lagMs) : 0);
  }

  #listed(entity: Entity): RemoteRecord[] {
    return this.of(entity).flatMap((page) => {
      const shown = page.versions.findLast((version) => version.visibleAt <= this.#world.now);
      return page.shared && shown && !shown.trashed ? [this.#listedRecord(page, shown)] : [];
    });
  }

  #backLinks(page: Page): RemoteRecord['backLinks'] {
    return Object.fromEntries(
      Object.entries(page.entity.fields).flatMap(([name, field]) => {
        if (field.kind !== 'back_link') return [];
        const from = this.#entities.find((entity) => entity.name === field.of);
        if (!from) return [];
        const remoteIds = this.of(from)
          .filter((other) => [latest(other).fields[field.through] ?? []].flat().includes(page.id))
          .map((other) => other.id);
        return [[name, { remoteIds, complete: true }]];
      }),
    );
  }

  /** Notion refuses links to unknown pages. */
  #checked(fields: Fields): Fields {
    for (const [name, value] of Object.entries(fields)) {
      for (const id of isLink(name) ? [value ?? []].flat() : []) {
        if (!this.pages.has(String(id))) throw new Error(`Notion was sent the page id ${id}`);
      }
    }
    return fields;
  }
}

/** Notion rewrites Markdown in its own style, which may even change words. */
function written(entity: Entity, fields: Fields): Fields {
  const name = bodyField(entity);
  const body = name === undefined ? null : fields[name];
  if (name === undefined || typeof body !== 'string' || !body.startsWith('* ')) return fields;
  const words = body.slice(2);
  return { ...fields, [name]: Number(words.slice(1)) % 3 === 0 ? `- link ${words}` : `- ${words}` };
}

const isLink = (name: string): boolean => name.endsWith('_id') || name === 'boards';

export function latest(page: Page): Version {
  const version = page.versions.at(-1);
  if (!version) throw new Error('a page without a version');
  return version;
}

const minute = (at: number): Date => new Date(Math.floor(at / MINUTE_MS) * MINUTE_MS);

/** A page of a listing. The cursor is the last id, so edits of other pages do not affect it. */
function batch(found: readonly RemoteRecord[], after: string | null): RemoteBatch<string> {
  const from = after === null ? 0 : found.findIndex(({ remoteId: pageId }) => pageId === after) + 1;
  const records = found.slice(from, from + BATCH);
  const last = records.at(-1);
  return { records, next: last && from + BATCH < found.length ? last.remoteId : null };
}
