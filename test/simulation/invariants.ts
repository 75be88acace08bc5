import type { Entity } from '../../src/entities/define.ts';
import { toRemoteSnapshot, toRowSnapshot } from '../../src/sync/archival.ts';
import type { SyncState } from '../../src/sync/ports.ts';
import { changedFields, isSameContent, isSameValue } from '../../src/sync/reconcile.ts';
import { isTemporaryId } from '../../src/sync/temporary-id.ts';
import type { Fields, Value } from '../../src/sync/types.ts';
import type { Sides } from './cycles.ts';
import { isArchivedStatus, partsOf } from './entities.ts';
import { unseenEdits, wrongWinners } from './histories.ts';
import { latest, type Page, type Version } from './memory-notion.ts';
import { itemsOf, type Ledger, tokenIn } from './users.ts';

/** Checks every invariant after the users have stopped. @returns the violations */
export function broken(sides: Sides, ledger: Ledger, conflicts: 'row' | 'field'): string[] {
  const { entities } = sides.notion;
  return [
    ...madeTwice(sides),
    ...needless(sides.sql.conflicts),
    ...entities.flatMap((entity) => oneToOne(sides, entity.name)),
    ...entities.flatMap((entity) => equal(sides, entity.name)),
    ...wrongWinners(sides, entities, conflicts),
    ...lost(ledger, versions(sides), unseenEdits(sides, entities)),
  ];
}

/** [S3] [S4] Each row has one page, each page has one row, and no temporary id is left. */
export function oneToOne({ notion, sql }: Sides, entity: string): string[] {
  const tables = sql.of(entity);
  const rows = [...tables.rows.values()];
  const rowPages = new Set(rows.map((row) => row.remoteId));
  const found = rows.flatMap((row) => {
    if (isTemporaryId(row.remoteId)) return [`${entity} row ${row.id} still has the temporary id ${row.remoteId}`];
    return notion.pages.has(row.remoteId) ? [] : [`${entity} row ${row.id} has the unknown page ${row.remoteId}`];
  });
  const orphans = [...notion.pages.values()].filter(
    (page) => page.entity.name === entity && !latest(page).trashed && !rowPages.has(page.id),
  );
  const keys = new Map<string, string>();
  const doubles = [...notion.pages.values()].flatMap((page) => {
    const { syncKey, trashed } = latest(page);
    if (page.entity.name !== entity || syncKey === null || trashed) return [];
    const other = keys.get(syncKey);
    keys.set(syncKey, page.id);
    return other ? [`${entity} pages ${other} and ${page.id} have one key ${syncKey}`] : [];
  });
  const sendable = [...tables.outbox.keys()].filter((id) => hiddenLinks({ notion, sql }, entity, id).size === 0);
  const unsent = sendable.map((id) => `${entity} row ${id} still has something to send`);
  return [...found, ...orphans.map((page) => `${entity} page ${page.id} has no row`), ...doubles, ...unsent];
}

/** [S3] The sync never created a second page for a row, even after crashes. */
export function madeTwice({ notion }: Sides): string[] {
  const made = new Map<string, number>();
  for (const { madeFor } of notion.pages.values()) if (madeFor) made.set(madeFor, (made.get(madeFor) ?? 0) + 1);
  return [...made].flatMap(([row, count]) => (count > 1 ? [`${count} pages were made for row ${row}`] : []));
}

/**
 * [S6] [S2] [S7] Checks every write of the sync, not only the end: no row is archived or reverted, and nothing that SQL
 * cannot express erased, without a reason.
 */
export function watch({ notion, sql }: Sides, conflicts: 'row' | 'field'): string[] {
  const found: string[] = [];
  notion.onSyncWrite = (page, { fields = {}, trashed }, fate) => {
    if (conflicts === 'field' && fate !== 'late') found.push(...erased({ sql }, page, fields));
    const row = [...sql.of(page.entity.name).rows.values()].find(({ remoteId }) => remoteId === page.id);
    const wasArchived = [...sql.versions.values()].flat().some((row) => row.remoteId === page.id && row.archived);
    if (trashed && page.creator !== 'sync' && !wasArchived) found.push(`the sync moved ${page.id} to the trash`);
    const ours = row ? sql.view(page.entity, row).fields : {};
    for (const [name, value] of Object.entries(fields)) {
      if (!isRelation(page.entity, name) || !(name in ours)) continue;
      const [before, after, kept] = [latest(page).fields[name], value, ours[name]].map((ids) =>
        [ids ?? []].flat().map(String),
      );
      const cut = before?.filter((id) => notion.isHidden(id) && !after?.includes(id) && kept?.includes(id)) ?? [];
      if (cut.length > 0) found.push(`the sync cut the hidden links of ${page.id} to ${cut}`);
    }
  };
  notion.onUnreadWrite = (page, { fields = {} }, listed) => {
    for (const name of Object.keys(fields))
      if (listed.unexpressed.has(name)) found.push(`${name} of ${page.id} was written without what SQL cannot express`);
  };
  watchEditsBeside({ notion, sql }, found);
  sql.onAgreed = (before, after) => found.push(...agreedBefore(notion.page(after.remoteId), before, after));
  sql.onCleared = (entity, recordId) => found.push(...cleared({ sql }, entity, recordId));
  sql.onSyncWrite = (before, after) => {
    const page = notion.page(after.remoteId);
    const { versions, entity } = page;
    const wasArchived = versions.some(({ trashed, fields }) => trashed || isArchivedStatus(entity, fields.status));
    if (after.archived && !before.archived && !wasArchived) {
      found.push(`the row of ${page.id} was archived, although its page never was`);
    }
    const { title, number, body } = partsOf(entity);
    for (const field of [title, number, body].filter((name) => name !== undefined)) {
      const isValue = (value: Value | undefined) => (version: { fields: Fields }) =>
        isSameValue(version.fields[field], value);
      if (isSameValue(before.fields[field], after.fields[field]) || before.fields[field] === null) continue;
      // A late write of what the row itself had says nothing new, unless the row was deleted, or lost as a whole.
      const isNews = conflicts === 'row' || sql.deleted.has(after.id);
      const said = versions.filter(({ fate }) => fate !== 'late' || isNews);
      if (said.findIndex(isValue(before.fields[field])) > said.findLastIndex(isValue(after.fields[field]))) {
        found.push(`${field} of the row of ${page.id} was set back to what Notion had said before`);
      }
    }
  };
  return found;
}

/** [S5] What the answer to a write shows, beside that write, is in SQL when the sync ends. */
function watchEditsBeside({ notion, sql }: Pick<Sides, 'notion' | 'sql'>, found: string[]): void {
  const answers: { readonly attempt: object; readonly page: Page; readonly order: number }[] = [];
  notion.onUnreadAnswer = (attempt, page) => answers.push({ attempt, page, order: latest(page).order });
  notion.onSynced = (attempt) => {
    for (const answer of answers.filter((one) => one.attempt === attempt)) {
      const { page, order } = answer;
      const { states, refresh } = sql.of(page.entity.name);
      const [recordId, state] = [...states].find(([, { remoteId }]) => remoteId === page.id) ?? [];
      const isOpen = !state || state.sending || refresh.has(page.id) || sql.locked.has(recordId ?? '');
      if (isOpen || latest(page).order !== order) continue;
      for (const name of plainFields(page.entity))
        if (!isSameValue(state.base[name], latest(page).fields[name]))
          found.push(`the edit of ${name} of ${page.id} beside a write was not taken`);
    }
  };
}

/** The fields of one value that Notion never rewrites. */
const plainFields = (entity: Entity): readonly string[] => {
  const { title, number } = partsOf(entity);
  return [title, number].filter((name) => name !== undefined);
};

/** [S2] What is agreed follows the page: an answer that comes late must not take it back. */
const agreedBefore = ({ id, entity, versions }: Page, before: SyncState, after: SyncState): string[] =>
  plainFields(entity).flatMap((name) => {
    const isAs =
      ({ base }: SyncState) =>
      ({ fields }: Version): boolean =>
        isSameValue(fields[name], base[name]);
    const last = versions.findLastIndex(isAs(after));
    return last >= 0 && last < versions.findIndex(isAs(before)) ? [`the agreed ${name} of ${id} was taken back`] : [];
  });

/** [S16] An edit is cleared once both sides have agreed on it. */
function cleared({ sql }: Pick<Sides, 'sql'>, entity: Entity, recordId: string): string[] {
  const { rows, states } = sql.of(entity.name);
  const [row, state] = [rows.get(recordId), states.get(recordId)];
  if (!row || !state || state.trashed || sql.editedSilently.has(recordId)) return [];
  const { fields } = toRowSnapshot(entity, sql.view(entity, row), state);
  return plainFields(entity)
    .filter((name) => !isSameValue(fields[name], state.base[name]))
    .map((name) => `the edit of ${name} of row ${recordId} was cleared before it was sent`);
}

/** [S7] The fields that lose what SQL cannot express, although no user set them in SQL. */
function erased({ sql }: Pick<Sides, 'sql'>, page: Page, fields: Fields): string[] {
  const versions = [...sql.versions.values()].find((all) => all.at(-1)?.remoteId === page.id) ?? [];
  const isSet = (name: string): boolean =>
    versions.some(({ writer, fields: now }, at) => {
      const before = versions[at - 1]?.fields ?? {};
      return writer === 'user' && isSameValue(now[name], fields[name]) && !isSameValue(now[name], before[name]);
    });
  return Object.keys(fields)
    .filter((name) => latest(page).unexpressed.has(name) && !isSet(name))
    .map((name) => `the sync erased what ${name} of ${page.id} has that SQL cannot express`);
}

/** [S2] A conflict needs two sides that changed. */
export const needless = (conflicts: Sides['sql']['conflicts']): string[] =>
  conflicts.flatMap(({ base, remote, sql: ours, entity, recordId, reason }) =>
    base && (isSameContent(base, remote) || isSameContent(base, ours))
      ? [`a conflict (${reason}) was seen in ${entity} row ${recordId}, although only one side had changed`]
      : [],
  );

/**
 * The relations of a page that link to a hidden page, and that the row never had, or that a write brought of which the
 * sync heard nothing: Notion does not show them.
 */
function unshownLinks({ sql, notion }: Pick<Sides, 'notion' | 'sql'>, page: Page, rowId: string): ReadonlySet<string> {
  const versions = sql.versions.get(rowId) ?? [];
  const isUnshown = ([name, value]: [string, Value]): boolean => {
    const field = page.entity.fields[name];
    if (field?.kind !== 'relation_one' && field?.kind !== 'relation_many') return false;
    const others = [...sql.of(field.to).rows.values()];
    return [value ?? []].flat().some((to) => {
      const other = others.find(({ remoteId }) => remoteId === to)?.id ?? '';
      const wasLinked = versions.some(({ fields }) => [fields[name] ?? []].flat().includes(other));
      const first = page.versions.find(({ fields }) => [fields[name] ?? []].flat().includes(to));
      return notion.isHidden(String(to)) && (!wasLinked || first?.fate === 'late' || first?.fate === 'unanswered');
    });
  };
  return new Set(
    Object.entries(latest(page).fields)
      .filter(isUnshown)
      .map(([name]) => name),
  );
}

/** The relations of a row that cannot be sent: they link to a page that Notion hides. */
function hiddenLinks({ notion, sql }: Pick<Sides, 'notion' | 'sql'>, name: string, id: string): ReadonlySet<string> {
  const row = sql.of(name).rows.get(id);
  const entity = notion.entities.find((entity) => entity.name === name);
  if (!row || !entity) return new Set();
  const links = Object.entries(sql.view(entity, row).fields).filter(([field]) => isRelation(entity, field));
  return new Set(
    links.flatMap(([field, value]) => ([value ?? []].flat().some((to) => notion.isHidden(String(to))) ? [field] : [])),
  );
}

const isRelation = ({ fields }: Entity, name: string): boolean => fields[name]?.kind.startsWith('relation') ?? false;

/** [S1] Both sides have the same content. */
export function equal({ notion, sql }: Sides, name: string): string[] {
  const tables = sql.of(name);
  return [...tables.rows.values()].flatMap((row) => {
    const page = notion.pages.get(row.remoteId);
    const state = tables.states.get(row.id) ?? null;
    if (!page) return [];
    const { entity } = page;
    const theirs = toRemoteSnapshot(entity, notion.record(page), state);
    const ours = toRowSnapshot(entity, sql.view(entity, row), state);
    if (theirs.archived !== ours.archived)
      return [`${name} row ${row.id}: archived is ${ours.archived}, in Notion ${theirs.archived}`];
    // A page in the trash takes no edits. They are sent when it is restored.
    if (latest(page).trashed) return [];
    const refused = hiddenLinks({ notion, sql }, name, row.id);
    const unshown = unshownLinks({ notion, sql }, page, row.id);
    const different = changedFields(theirs.fields, ours.fields).filter(
      (field) => !refused.has(field) && !unshown.has(field),
    );
    return different.map(
      (field) =>
        `${name} row ${row.id} (${page.id}): ${field} is ${JSON.stringify(ours.fields[field])}, in Notion ${JSON.stringify(theirs.fields[field])}`,
    );
  });
}

/** Every value that is visible on a side or kept as a conflict. */
function* versions({ notion, sql }: Sides): Iterable<object | undefined> {
  for (const page of notion.pages.values()) yield latest(page).fields;
  for (const entity of notion.entities) for (const row of sql.of(entity.name).rows.values()) yield row.fields;
  yield* conflicting(sql.conflicts);
}

export function* conflicting(conflicts: Sides['sql']['conflicts']): Iterable<object | undefined> {
  for (const { base, remote, sql } of conflicts) for (const version of [base, remote, sql]) yield version?.fields;
}

/** [S5] Every edit is visible, or kept as a conflict. @param unseen edits that nobody could keep */
export function lost(ledger: Ledger, visible: Iterable<object | undefined>, unseen: Iterable<string> = []): string[] {
  const seen = new Set<string>(unseen);
  for (const fields of visible)
    for (const value of Object.values(fields ?? {})) for (const item of itemsOf(value)) seen.add(tokenIn(item));
  return ledger
    .standing()
    .filter((token) => !seen.has(token))
    .map((token) => `the edit ${token} is lost`);
}
