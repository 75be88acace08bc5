import type { Clock } from './clock.ts';
import type { Commit, Journal, Put } from './journal.ts';
import type { Body, Comment, Database, DataSource, FileUpload, Page, PageView, User, View } from './model.ts';
import { withTableRows } from './old-data.ts';
import type { Change } from './webhooks/events.ts';

/** The maximum lag of an index. */
export const MAX_LAG_MS = 15 * 60_000;

interface Version {
  readonly at: number;
  readonly page: Page;
}

/** The workspace's rows, and recent versions of pages for an index that lags behind. */
export class Store implements PageView {
  readonly clock: Clock;
  readonly users = new Map<string, User>();
  readonly databases = new Map<string, Database>();
  readonly dataSources = new Map<string, DataSource>();
  readonly comments = new Map<string, Comment>();
  readonly views = new Map<string, View>();
  readonly uploads = new Map<string, FileUpload>();
  readonly #pages = new Map<string, Page>();
  readonly #bodies = new Map<string, Body>();
  /** By page id, oldest first. */
  readonly #versions = new Map<string, Version[]>();
  /** All pages that are or were in the data source. */
  readonly #members = new Map<string, Set<string>>();
  readonly #journal: Journal | null;
  #revision = 0;
  #watcher: ((change: Change) => void) | null = null;

  /** Replays the journal and compacts it. */
  constructor(clock: Clock, journal: Journal | null) {
    this.clock = clock;
    this.#journal = journal;
    if (!journal) return;
    for (const commit of journal.read()) this.#apply(withTableRows(commit));
    journal.rewrite(this.#snapshot());
  }

  /** Stores all puts or none, durably. */
  commit(...puts: Put[]): void {
    if (puts.length === 0) return;
    const commit = { at: this.clock.now(), puts };
    const changes = puts.flatMap((put) => this.#changeBy(put));
    this.#journal?.append(commit);
    this.#revision += 1;
    this.#apply(commit);
    for (const change of changes) this.#watcher?.(change);
  }

  /** Calls the watcher after each change to a page or data source. */
  watch(watcher: (change: Change) => void): void {
    this.#watcher = watcher;
  }

  #changeBy(put: Put): Change[] {
    if (put.table === 'page') return [{ table: put.table, before: this.#pages.get(put.row.id), after: put.row }];
    if (put.table !== 'data_source') return [];
    return [{ table: put.table, before: this.dataSources.get(put.row.id), after: put.row }];
  }

  /** Commits since the start. */
  get revision(): number {
    return this.#revision;
  }

  page(id: string): Page | undefined {
    return this.#pages.get(id);
  }

  /** A page's body; empty by default. */
  body(pageId: string): Body {
    return this.#bodies.get(pageId) ?? { pageId, blocks: [], loaded: null };
  }

  bodies(): Iterable<Body> {
    return this.#bodies.values();
  }

  *pages(): Iterable<Page> {
    yield* this.#pages.values();
  }

  *pagesOf(dataSourceId: string): Iterable<Page> {
    for (const id of this.#members.get(dataSourceId) ?? []) {
      const page = this.#pages.get(id);
      if (page?.dataSourceId === dataSourceId) yield page;
    }
  }

  /** The pages as they were at a time within the last 15 minutes. */
  asOf(at: number): PageView {
    const page = (id: string): Page | undefined => {
      const versions = this.#versions.get(id);
      return versions ? versions.findLast((version) => version.at <= at)?.page : undefined;
    };
    const members = this.#members;
    return {
      page,
      *pagesOf(dataSourceId) {
        for (const id of members.get(dataSourceId) ?? []) {
          const version = page(id);
          if (version?.dataSourceId === dataSourceId) yield version;
        }
      },
    };
  }

  close(): void {
    this.#journal?.close();
  }

  #apply({ at, puts }: Commit): void {
    for (const put of puts) {
      if (put.table === 'user') this.users.set(put.row.id, put.row);
      else if (put.table === 'database') this.databases.set(put.row.id, put.row);
      else if (put.table === 'data_source') this.dataSources.set(put.row.id, put.row);
      else if (put.table === 'body') this.#bodies.set(put.row.pageId, put.row);
      else if (put.table === 'comment') this.comments.set(put.row.id, put.row);
      else if (put.table === 'view') this.views.set(put.row.id, put.row);
      else if (put.table === 'upload') this.uploads.set(put.row.id, put.row);
      else this.#putPage(at, put.row);
    }
  }

  #putPage(at: number, page: Page): void {
    this.#pages.set(page.id, page);
    const versions = [...(this.#versions.get(page.id) ?? []), { at, page }];
    const needed = versions.findLastIndex((version) => version.at <= at - MAX_LAG_MS);
    this.#versions.set(page.id, versions.slice(Math.max(0, needed)));
    if (page.dataSourceId === null) return;
    const members = this.#members.get(page.dataSourceId);
    if (members) members.add(page.id);
    else this.#members.set(page.dataSourceId, new Set([page.id]));
  }

  #snapshot(): Commit[] {
    const at = 0;
    const rows: Put[] = [
      ...[...this.users.values()].map((row) => ({ table: 'user', row }) as const),
      ...[...this.databases.values()].map((row) => ({ table: 'database', row }) as const),
      ...[...this.dataSources.values()].map((row) => ({ table: 'data_source', row }) as const),
      ...[...this.#bodies.values()].map((row) => ({ table: 'body', row }) as const),
      ...[...this.comments.values()].map((row) => ({ table: 'comment', row }) as const),
      ...[...this.views.values()].map((row) => ({ table: 'view', row }) as const),
      ...[...this.uploads.values()].map((row) => ({ table: 'upload', row }) as const),
    ];
    const pages = [...this.#versions.values()].flat().map(({ at, page }) => ({
      at,
      puts: [{ table: 'page', row: page } as const],
    }));
    return [...rows.map((put) => ({ at, puts: [put] })), ...pages];
  }
}
