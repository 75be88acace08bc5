import type { Entity } from '../../src/entities/define.ts';
import type { Fields, Value } from '../../src/sync/types.ts';
import type { Sides } from './cycles.ts';
import { isArchivedStatus, partsOf, scalarsOf } from './entities.ts';
import { latest, type Page, type Version } from './memory-notion.ts';
import type { RowVersion } from './memory-tables.ts';
import { allowedValues, overwrittenUnseen, type RecordHistory, type Shown } from './oracle.ts';
import { itemsOf, tokenIn } from './users.ts';

const ARCHIVAL = 'archival';
const MINUTE_MS = 60_000;

const plain = (value: Value | undefined): string => (value == null || value === false ? 'empty' : tokenIn(value));

/** An element that a list or relation of the record ever had: whether it is there is a part of its own. */
interface Element {
  readonly part: string;
  readonly field: string;
  readonly token: string;
}

/** The elements of lists in these versions. */
function elementsIn(
  entity: Entity,
  versions: readonly { readonly fields: Fields }[],
  lists = partsOf(entity).lists,
): readonly Element[] {
  const all = lists.flatMap((field) =>
    versions.flatMap(({ fields }) =>
      itemsOf(fields[field]).map((item) => ({ part: `${field} ${tokenIn(item)}`, field, token: tokenIn(item) })),
    ),
  );
  return [...new Map(all.map((element) => [element.part, element])).values()];
}

const manyOf = (entity: Entity): readonly string[] =>
  partsOf(entity).relations.flatMap(([name, { kind }]) => (kind === 'relation_many' ? [name] : []));

/** The versions of a row with its links as page ids. A row that is gone keeps its own id. */
function withPageIds({ sql }: Sides, entity: Entity, versions: readonly RowVersion[]): RowVersion[] {
  const pageOf = (to: string, id: string): string => sql.of(to).rows.get(id)?.remoteId ?? id;
  const links = partsOf(entity).relations.filter(([, { kind }]) => kind === 'relation_many');
  return versions.map((version) => {
    const named = links.map(([name, { to }]) => [
      name,
      itemsOf(version.fields[name]).map((id) => pageOf(to, String(id))),
    ]);
    return { ...version, fields: { ...version.fields, ...Object.fromEntries(named) } };
  });
}

/** Whether the oracle can follow links to a page: Notion always showed it, and its row is the same as ever. */
function isFollowed({ notion, sql }: Sides, pageId: string): boolean {
  const page = notion.pages.get(pageId);
  if (!page || page.wasUnshared || page.versions.some(({ trashed }) => trashed)) return false;
  const rows = [...sql.versions.values()].filter((versions) => versions.some(({ remoteId }) => remoteId === pageId));
  return rows.length === 1 && !sql.deleted.has(rows[0]?.[0]?.id ?? '');
}

/** The parts of a record that the oracle knows. */
function partsWatched(entity: Entity, elements: readonly Element[]): readonly string[] {
  const parts = partsOf(entity);
  return [...scalarsOf(parts), ...parts.checks, ...elements.map(({ part }) => part)];
}

/** Options ignore case. */
const plainStatus = (value: Value | undefined): string =>
  value === undefined ? 'live' : value === null ? 'empty' : String(value).toLowerCase();

function watched(entity: Entity, fields: Fields, elements: readonly Element[]): Record<string, string> {
  const parts = partsOf(entity);
  const single = [...scalarsOf(parts), ...parts.checks].filter((name) => name in fields);
  const listed = elements.filter(({ field }) => field in fields);
  return Object.fromEntries([
    ...single.map((name) => [name, plain(fields[name])]),
    ...listed.map(({ part, field, token }) => [
      part,
      itemsOf(fields[field]).some((item) => tokenIn(item) === token) ? token : 'empty',
    ]),
  ]);
}

function shownPage({ entity }: Page, version: Version, elements: readonly Element[]): Shown {
  const { order, writer, editedAt, fields, trashed, lookedAt, fate } = version;
  return {
    order,
    writer: writer === 'sync' ? 'sync' : 'user',
    editedAt: Math.floor(editedAt / MINUTE_MS) * MINUTE_MS,
    values: { ...watched(entity, fields, elements), [ARCHIVAL]: archivalOf(entity, fields, trashed) },
    lookedAt,
    fate,
  };
}

const archivalOf = (entity: Entity, { status }: Fields, trashed: boolean): string =>
  trashed || isArchivedStatus(entity, status) ? 'archived' : plainStatus(status);

const sentFrom = ({ sql }: Sides, entity: Entity, row: string, elements: readonly Element[]): RecordHistory['sent'] =>
  sql.sent
    .filter(({ rowId }) => rowId === row)
    .map(({ order, at, isHeard, change: { fields = {}, archived = false } }) => ({
      order,
      at,
      isHeard,
      values: { ...watched(entity, fields, elements), [ARCHIVAL]: archivalOf(entity, fields, archived) },
    }));

/** A row tells by two columns whether it is archived: an archived row whose status somebody changes is open again. */
function shownRows(entity: Entity, versions: readonly RowVersion[], elements: readonly Element[]): Shown[] {
  let archival = '';
  let statusBefore = 'empty';
  return versions.map((version, at) => {
    const { order, writer, editedAt, fields, archived } = version;
    const before = versions[at - 1];
    const status = plainStatus(fields.status);
    const isCancelled = isArchivedStatus(entity, fields.status);
    const isReopened = archived && before?.archived && !isCancelled && plainStatus(before.fields.status) !== status;
    if (!archived) archival = before?.archived && isCancelled ? statusBefore : status;
    else if (isReopened) archival = status;
    else if (!before?.archived || isCancelled) archival = 'archived';
    if (archived && before && !before.archived) statusBefore = plainStatus(before.fields.status);
    return {
      order,
      writer: writer === 'sync' ? 'sync' : 'user',
      editedAt,
      values: { ...watched(entity, fields, elements), [ARCHIVAL]: archival },
    };
  });
}

/**
 * Whether the archival and the status can be told from the history alone: nobody set the archived status by hand, only
 * one side archived and restored, and what a restore brings back was edited on that side only.
 */
function isArchivalClear({ entity, versions }: Page, rows: readonly RowVersion[]): boolean {
  const byUser = <V extends { writer: string }>(
    all: readonly V[],
    isActed: (version: V, before: V) => boolean,
  ): boolean =>
    all.some((version, at) => {
      const before = all[at - 1];
      return version.writer !== 'sync' && before !== undefined && isActed(version, before);
    });
  const setsStatus = (a: { fields: Fields }, b: { fields: Fields }): boolean =>
    plainStatus(a.fields.status) !== plainStatus(b.fields.status);
  const isCancelled = ({ fields }: { fields: Fields }): boolean => isArchivedStatus(entity, fields.status);
  if (versions[0]?.writer !== 'sync' && versions[0] && isCancelled(versions[0])) return false;
  if (byUser(versions, (now, before) => setsStatus(now, before) && isCancelled(now))) return false;
  if (
    byUser(
      rows,
      (now, before) => setsStatus(now, before) && (isCancelled(now) || (now.archived && !isCancelled(before))),
    )
  ) {
    return false;
  }
  // A known gap: a restored row that is edited again before its status is back, when the answer to the restore is lost.
  const keepsStatus = (now: RowVersion, before: RowVersion): boolean =>
    !now.archived && !before.archived && isCancelled(now) && isCancelled(before);
  if (byUser(rows, keepsStatus)) return false;
  // An archived row that somebody opens by its status before its page is archived.
  const isOpenInNotion = (order: number): boolean => {
    const shown = versions.findLast((version) => version.order < order);
    return shown !== undefined && !shown.trashed && !isCancelled(shown);
  };
  if (byUser(rows, (now, before) => setsStatus(now, before) && now.archived && isOpenInNotion(now.order))) return false;
  const inNotion = byUser(versions, (now, before) => now.trashed !== before.trashed);
  const inSql = byUser(rows, (now, before) => now.archived !== before.archived);
  if (inNotion && inSql) return false;
  const statusInNotion = byUser(versions, setsStatus);
  const statusInSql = byUser(rows, setsStatus);
  return !(inSql && statusInNotion) && !(inNotion && statusInSql);
}

interface RecordOf {
  readonly rowId: string;
  readonly page: Page;
  readonly elements: readonly Element[];
  readonly history: RecordHistory;
}

/** Every record with one row and one page all its life. @param withLinks follows links to many, too */
function histories(sides: Sides, entity: Entity, withLinks = false): RecordOf[] {
  const { notion, sql } = sides;
  const tables = sql.of(entity.name);
  const shared = new Set(
    [...sql.deleted].flatMap((id) => (sql.versions.get(id) ?? []).map(({ remoteId }) => remoteId)),
  );
  return [...tables.rows.values()].flatMap(({ id, remoteId }) => {
    const page = notion.pages.get(remoteId);
    if (!page || sql.deleted.has(id) || shared.has(remoteId)) return [];
    const rows = withPageIds(sides, entity, sql.versions.get(id) ?? []);
    const versions = [...page.versions, ...rows];
    const links = withLinks ? elementsIn(entity, versions, manyOf(entity)) : [];
    const elements = [...elementsIn(entity, versions), ...links.filter(({ token }) => isFollowed(sides, token))];
    const history = {
      remote: page.versions.map((version) => shownPage(page, version, elements)),
      sent: sentFrom(sides, entity, id, elements),
      sql: shownRows(entity, rows, elements),
    };
    return [{ rowId: id, page, elements, history }];
  });
}

/** [S5] Each part of each record has a value that rule 2 allows. */
export function wrongWinners(sides: Sides, entities: readonly Entity[], conflicts: 'row' | 'field'): string[] {
  const rules = { conflicts, grainMs: MINUTE_MS };
  return entities.flatMap((entity) =>
    histories(sides, entity, conflicts === 'field').flatMap(({ rowId, page, elements, history }) => {
      const isClear = isArchivalClear(page, sides.sql.versions.get(rowId) ?? []);
      return [...partsWatched(entity, elements), ...(isClear ? [ARCHIVAL] : [])].flatMap((part) => {
        const allowed = allowedValues(history, part, rules);
        const is = history.sql.at(-1)?.values[part];
        // A page in the trash shows no body.
        // Nor do its last edits come to SQL before it is restored.
        const held = history.remote.at(-1)?.values[part] ?? '';
        const isHidden = latest(page).trashed && (part === partsOf(entity).body || allowed.has(held));
        if (
          isHidden ||
          isInDoubt(sides, { rowId, elements }, entity, part, allowed) ||
          is === undefined ||
          allowed.size === 0 ||
          allowed.has(is)
        )
          return [];
        return [
          `${entity.name} row ${rowId} (${page.id}): ${part} is ${is} instead of ${[...allowed].join(' or ')}; ${told(history, part)}`,
        ];
      });
    }),
  );
}

/** Where nobody can tell which version came last, the sync says so, and keeps the one that should stand as a conflict. */
const isInDoubt = (
  { sql }: Sides,
  { rowId, elements }: Pick<RecordOf, 'rowId' | 'elements'>,
  entity: Entity,
  part: string,
  allowed: ReadonlySet<string>,
): boolean =>
  sql.conflicts.some(
    ({ recordId, base, remote, sql: ours }) =>
      recordId === rowId &&
      base === null &&
      [remote, ours].some(({ fields, archived }) =>
        allowed.has(
          (part === ARCHIVAL ? archivalOf(entity, fields, archived) : watched(entity, fields, elements)[part]) ?? '',
        ),
      ),
  );

/** Edits that were lost in the moment between a look and a write, or to a late write before anybody could read them. */
export function* unseenEdits(sides: Sides, entities: readonly Entity[]): Iterable<string> {
  for (const entity of entities) {
    for (const page of sides.notion.of(entity)) {
      const row = [...sides.sql.of(entity.name).rows.values()].find(({ remoteId }) => remoteId === page.id);
      const rows = row ? (sides.sql.versions.get(row.id) ?? []) : [];
      const elements = elementsIn(entity, [...page.versions, ...rows]);
      const remote = page.versions.map((version) => shownPage(page, version, elements));
      const sql = shownRows(entity, rows, elements);
      for (const part of partsWatched(entity, elements)) {
        const places = overwrittenUnseen({ remote, sql }, part);
        for (const { order, values } of remote) if (places.has(order) && values[part]) yield values[part];
        yield* replacedTwice(remote, part);
      }
    }
  }
}

/** Values that a late write replaced, and a person then changed: nobody could read what the late write did. */
function* replacedTwice(remote: readonly Shown[], part: string): Iterable<string> {
  for (const [at, { fate, order, values }] of remote.entries()) {
    const before = remote[at - 1]?.values[part];
    const next = remote.find((version) => version.order > order && version.values[part] !== values[part]);
    if (fate === 'late' && next?.writer === 'user' && before !== undefined) yield before;
  }
}

/** What happened to one part, for the message of a failure. */
function told({ remote, sql }: RecordHistory, part: string): string {
  const all = [...remote.map((shown) => ['Notion', shown] as const), ...sql.map((shown) => ['SQL', shown] as const)];
  return all
    .sort(([, a], [, b]) => a.order - b.order)
    .map(([side, { writer, fate, values, editedAt }]) => {
      const time = editedAt === null ? 'never' : new Date(editedAt).toISOString().slice(11, 23);
      return `${side} ${writer}${fate === undefined || fate === 'answered' ? '' : ` ${fate}`} ${values[part]} (${time})`;
    })
    .join(', ');
}
