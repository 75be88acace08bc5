import fc from 'fast-check';
import { type Entity, emptyValue, type RelationField, syncedFields } from '../../src/entities/define.ts';
import { isTemporaryId, toTemporaryId } from '../../src/sync/temporary-id.ts';
import type { Fields, Value } from '../../src/sync/types.ts';
import type { Sides } from './cycles.ts';
import { partsOf, scalarsOf, type Workspace } from './entities.ts';
import { latest, MAIL, type Page, type Writer } from './memory-notion.ts';
import type { StoredRow } from './memory-tables.ts';

/** One act of a person or a script. `at` selects the record, `value` determines its new value. */
export interface Act {
  readonly side: 'notion' | 'sql';
  readonly kind: (typeof NOTION_ACTS)[number] | (typeof SQL_ACTS)[number] | (typeof LIST_ACTS)[number];
  readonly entity: string;
  readonly at: number;
  readonly value: number;
  /** In Notion: by another program with the same integration. */
  readonly byProgram: boolean;
  /** The act comes while the sync sends a record, and is on that record. */
  readonly whileSent: boolean;
  /** The pause before the act, in virtual milliseconds. */
  readonly pause: number;
}

const NOTION_ACTS = [
  'create',
  'edit',
  'count',
  'body',
  'due',
  'back',
  'status',
  'relate',
  'far link',
  'trash',
  'restore',
  'duplicate',
  'unshare',
  'share',
  'hide body',
  'show body',
  'format',
] as const;
const SQL_ACTS = [
  'insert',
  'insert chat',
  'edit',
  'count',
  'body',
  'due',
  'back',
  'status',
  'relate',
  'archive',
  'restore',
  'delete',
  'lock',
  'silent edit',
  'truncate',
  'truncate links',
] as const;

/** In worlds whose entities have arrays and checkboxes. */
const LIST_ACTS = ['add', 'remove', 'move', 'check', 'link'] as const;

const repeated = <const T>(kind: T, times: number): T[] => Array.from({ length: times }, () => kind);

const act = (side: Act['side'], { busy, last }: Workspace, kinds: readonly Act['kind'][]): fc.Arbitrary<Act> =>
  fc.record({
    side: fc.constant(side),
    kind: fc.constantFrom(...kinds),
    entity: fc.constantFrom(...busy),
    at: fc.nat(last),
    value: fc.nat(20),
    byProgram: fc.constantFrom(false, false, false, true),
    whileSent: fc.constantFrom(false, false, true),
    pause: fc.oneof(fc.nat(400), fc.nat(5_000), fc.nat(60_000)),
  });

function anyAct(workspace: Workspace): fc.Arbitrary<Act> {
  const hasLists = workspace.entities.some((entity) => partsOf(entity).lists.length > 0);
  const ofLists = hasLists
    ? [
        ...repeated('add', 6),
        ...repeated('remove', 6),
        ...repeated('link', 6),
        ...repeated('move', 1),
        ...repeated('check', 1),
      ]
    : [];
  return fc.oneof(
    act('notion', workspace, [...NOTION_ACTS, 'create', 'create', 'edit', 'edit', 'edit', ...ofLists]),
    act('sql', workspace, [
      ...SQL_ACTS,
      ...repeated('insert', 2),
      ...repeated('edit', 5),
      ...repeated('count', 2),
      ...repeated('back', 3),
      ...ofLists,
    ]),
  );
}

/** The acts of both kinds of users, in order: after few of them, no later one hides what went wrong. */
export const actsIn = (workspace: Workspace): fc.Arbitrary<Act[]> =>
  fc.oneof(...[8, 32].map((maxLength) => fc.array(anyAct(workspace), { minLength: 1, maxLength, size: 'max' })));

/** What exists before the users start. */
export const settledIn = ({ busy }: Workspace): readonly Act[] =>
  [...new Set(busy)].flatMap((entity) =>
    [0, 1].flatMap((at): Act[] => [
      { side: 'notion', kind: 'create', entity, at, value: at, byProgram: false, whileSent: false, pause: 0 },
      { side: 'sql', kind: 'insert', entity, at, value: at, byProgram: false, whileSent: false, pause: 0 },
    ]),
  );

/** What a user wrote, in a form that survives Notion's rewriting. */
export const tokenIn = (value: unknown): string =>
  String(value)
    .replace(/^[-*] (link )?/, '')
    .replace(MAIL, '');

/** A value, or each element of a list. */
export const itemsOf = (value: Value | undefined): readonly Value[] => [value ?? []].flat();

/** Every value that a user wrote and no user has overwritten since. None may be lost. */
export class Ledger {
  readonly #standing = new Set<string>();
  #count = 0;

  /** A body as a person writes it; `said`: as Notion returns it. */
  body(said: boolean): string {
    return `${said ? '-' : '*'} ${this.title()}`;
  }

  title(): string {
    this.#count += 1;
    const token = `t${this.#count}`;
    this.#standing.add(token);
    return token;
  }

  number(): number {
    this.#count += 1;
    const token = 1_000 + this.#count;
    this.#standing.add(String(token));
    return token;
  }

  /** @param by what replaces it: of a list, the elements that are left */
  overwritten(value: Value | undefined, by: Value = null): void {
    const left = itemsOf(by).map(tokenIn);
    for (const item of itemsOf(value)) if (!left.includes(tokenIn(item))) this.#standing.delete(tokenIn(item));
  }

  standing(): readonly string[] {
    return [...this.#standing];
  }
}

function entityOf({ notion }: Pick<Sides, 'notion'>, name: string): Entity {
  const found = notion.entities.find((entity) => entity.name === name);
  if (!found) throw new Error(`no entity ${name}`);
  return found;
}

/** What an act sets the status to; undefined for an entity without one. */
function statusOf({ fields: { status } }: Entity, { value }: Act): string | null | undefined {
  const options = status?.kind === 'select' ? [...status.options, null] : [];
  return options[value % options.length];
}

/** One of the fields that users edit. */
function editable(names: readonly string[], fields: Fields, { value }: Act): string {
  const some = names.filter((name) => name in fields);
  return some[value % some.length] ?? 'title';
}

/** Sets a field to the value that it had before its last change. */
function setBack(entity: Entity, act: Act, ledger: Ledger, versions: readonly { readonly fields: Fields }[]): Fields {
  const now = versions.at(-1)?.fields ?? {};
  const parts = partsOf(entity);
  const name = editable([...scalarsOf(parts), ...parts.lists, ...parts.checks], now, act);
  const earlier = versions.findLast(({ fields }) => tokenIn(fields[name]) !== tokenIn(now[name]))?.fields[name];
  if (earlier === undefined) return {};
  ledger.overwritten(now[name], earlier);
  return { [name]: earlier };
}

const DAYS = ['2026-03-10', '2026-03-11', '2026-03-12', null] as const;

/** The fields that an edit of this kind sets. */
function edited(entity: Entity, act: Act, ledger: Ledger, before: Fields): Fields {
  const { kind, value, side } = act;
  const { title, number, date, body } = partsOf(entity);
  if (kind === 'due' && date !== undefined) return { [date]: DAYS[value % DAYS.length] ?? null };
  const name = (kind === 'count' ? number : kind === 'body' ? body : undefined) ?? title;
  ledger.overwritten(before[name]);
  if (name === body) return { [name]: value % 5 === 0 ? null : ledger.body(side === 'notion') };
  return { [name]: name !== number ? ledger.title() : value % 5 === 0 ? null : ledger.number() };
}

/** Options that users of both sides know. */
const SHARED = ['one', 'two', 'three'] as const;

/** A list with one element more, less, or moved. @param targets what a relation may lead to */
function editedList(
  entity: Entity,
  act: Act,
  ledger: Ledger,
  before: Fields,
  targets: (field: RelationField) => readonly string[],
): Fields {
  const { kind, value, at, side } = act;
  const { lists, checks } = partsOf(entity);
  if (kind === 'link') return withLink(entity, act, before, targets);
  // Mostly the same list, so that both sides edit it.
  const name = pickAt(kind === 'check' ? checks : lists, value % 3 === 0 ? at : 0);
  if (name === undefined) return {};
  if (kind === 'check') return { [name]: before[name] !== true };
  const now = itemsOf(before[name]).map(String);
  const place = at % Math.max(1, now.length);
  if (kind === 'remove') {
    const left = now.toSpliced(place, 1);
    ledger.overwritten(now, left);
    return { [name]: left };
  }
  if (kind === 'move') return { [name]: [...now.slice(place), ...now.slice(0, place)] };
  const byMail = side === 'sql' && at % 2 === 1 && entity.fields[name]?.kind === 'people';
  const added = value % 4 === 3 ? (pickAt(SHARED, at) ?? '') : `${ledger.title()}${byMail ? MAIL : ''}`;
  return { [name]: now.includes(added) ? now : now.toSpliced(place, 0, added) };
}

/** A relation to many with one link more or less. */
function withLink(
  entity: Entity,
  { value }: Act,
  before: Fields,
  targets: (field: RelationField) => readonly string[],
): Fields {
  const [name, field] = partsOf(entity).relations.find(([, { kind }]) => kind === 'relation_many') ?? [];
  const target = field && pickAt(targets(field), value);
  if (name === undefined || target === undefined) return {};
  const now = itemsOf(before[name]).map(String);
  return { [name]: now.includes(target) ? now.filter((id) => id !== target) : [...now, target].sort() };
}

/**
 * Links to others, selected by `value`.
 * @param all ids on the linking side
 * @param hidden the links of a field that a person cannot see, and so keeps
 */
function related(
  entity: Entity,
  { at, value }: Act,
  targets: (field: RelationField) => readonly string[],
  self: string,
  hidden = noLinks,
): Fields {
  const [name, field] = pickAt(partsOf(entity).relations, at) ?? [];
  if (name === undefined || !field) return {};
  const some = targets(field).filter((id, place) => id !== self && (value >> (place % 5)) % 2 === 1);
  if (field.kind === 'relation_one') return { [name]: some[0] ?? hidden(name)[0] ?? null };
  return { [name]: [...some, ...hidden(name)].sort() };
}

const noLinks = (_field: string): readonly string[] => [];

const pickAt = <T>(all: readonly T[], at: number): T | undefined => all[at % Math.max(1, all.length)];

/** The same act on the record of a page. */
export function onRecord({ notion, sql }: Pick<Sides, 'notion' | 'sql'>, act: Act, pageId: string): Act {
  const { entity } = notion.page(pageId);
  const ids =
    act.side === 'notion'
      ? notion.of(entity).map(({ id }) => id)
      : [...sql.of(entity.name).rows.values()].map(({ remoteId }) => remoteId);
  return { ...act, entity: entity.name, at: Math.max(0, ids.indexOf(pageId)) };
}

export function perform({ notion, sql }: Sides, ledger: Ledger, act: Act): void {
  if (act.side === 'notion' && hidesUnknownPage({ notion, sql }, act)) return;
  if (act.side === 'notion') performInNotion(notion, ledger, act);
  else performInSql({ notion, sql }, ledger, act);
}

/** A page whose creation got no response and that was hidden before a search: no client can know that it exists. */
function hidesUnknownPage({ notion, sql }: Pick<Sides, 'notion' | 'sql'>, { kind, entity, at }: Act): boolean {
  if (kind !== 'unshare' && kind !== 'trash') return false;
  const pages = notion.of(entityOf({ notion }, entity));
  const page = pages[at % Math.max(1, pages.length)];
  return Boolean(page?.madeFor) && ![...sql.of(entity).states.values()].some(({ remoteId }) => remoteId === page?.id);
}

function performInNotion(notion: Sides['notion'], ledger: Ledger, act: Act): void {
  const entity = entityOf({ notion }, act.entity);
  const writer = act.byProgram ? 'program' : 'person';
  if (act.kind === 'create') {
    notion.create(entity, { fields: { [partsOf(entity).title]: ledger.title() } }, writer);
    return;
  }
  const pages = notion.of(entity);
  const trash = pages.filter((page) => latest(page).trashed);
  const page = pickAt(act.kind === 'restore' ? trash : pages, act.at);
  if (!page) return;
  const { fields, trashed, syncKey } = latest(page);
  const targets = ({ to }: RelationField): string[] =>
    notion.of(entityOf({ notion }, to)).flatMap(({ id }) => (notion.isHidden(id) ? [] : [id]));
  if (act.kind === 'share' || act.kind === 'unshare') {
    page.shared = act.kind === 'share';
    page.wasUnshared ||= !page.shared;
  } else if (act.kind === 'hide body' || act.kind === 'show body') page.bodyHidden = act.kind === 'hide body';
  else if (act.kind === 'restore') {
    if (trashed) notion.edit(page.id, { trashed: false }, writer);
  } else if (trashed) return;
  else if (act.kind === 'trash') notion.edit(page.id, { trashed: true }, writer);
  else if (act.kind === 'duplicate') notion.create(entity, { fields, syncKey }, 'person');
  else if (act.kind === 'status') {
    const status = statusOf(entity, act);
    if (status !== undefined) notion.edit(page.id, { fields: { status } }, writer);
  } else if (act.kind === 'relate') {
    notion.edit(
      page.id,
      {
        fields: related(entity, act, targets, page.id, (name) =>
          [fields[name] ?? []]
            .flat()
            .map(String)
            .filter((id) => notion.isHidden(id)),
        ),
      },
      writer,
    );
  } else if (act.kind === 'far link') {
    linkFromFarSide(notion, page, act, writer);
  } else if (act.kind === 'back') {
    notion.edit(page.id, { fields: setBack(entity, act, ledger, page.versions) }, writer);
  } else if (act.kind === 'format') {
    notion.edit(
      page.id,
      { unexpressed: new Set([...latest(page).unexpressed, editable(scalarsOf(partsOf(entity)), fields, act)]) },
      writer,
    );
  } else if (isListAct(act)) {
    notion.edit(page.id, { fields: editedList(entity, act, ledger, fields, targets) }, writer);
  } else if (act.kind !== 'due' || partsOf(entity).date !== undefined) {
    notion.edit(page.id, { fields: edited(entity, act, ledger, fields) }, writer);
  }
}

const inOrderOfPages = (rows: ReadonlyMap<string, StoredRow>): readonly StoredRow[] =>
  [...rows.values()].sort((a, b) => (a.remoteId < b.remoteId ? -1 : 1));

const isListAct = ({ kind }: Act): boolean => LIST_ACTS.some((listAct) => listAct === kind);

/** Sets or adds a link from the page that it leads to. Only that page is marked as edited. */
function linkFromFarSide(notion: Sides['notion'], page: Page, { at, value }: Act, writer: Writer): void {
  const { entity } = page;
  const isShown = ([name, { to }]: readonly [string, RelationField]): boolean =>
    Object.values(entityOf({ notion }, to).fields).some(
      (field) => field.kind === 'back_link' && field.of === entity.name && field.through === name,
    );
  const [name, field] = pickAt(partsOf(entity).relations.filter(isShown), at) ?? [];
  if (name === undefined || !field) return;
  const target = pickAt(notion.of(entityOf({ notion }, field.to)), value);
  if (!target || latest(target).trashed) return;
  const links = itemsOf(latest(page).fields[name]).map(String);
  const all = [...new Set([...links, target.id])].sort();
  notion.linkFromFarSide(page, name, field.kind === 'relation_one' ? target.id : all);
  notion.edit(target.id, {}, writer);
}

function performInSql({ sql, notion }: Pick<Sides, 'sql' | 'notion'>, ledger: Ledger, act: Act): void {
  const entity = entityOf({ notion }, act.entity);
  const { rows } = sql.of(entity.name);
  // The transaction of the act before has ended.
  sql.locked.clear();
  if (act.kind === 'insert' || act.kind === 'insert chat') {
    const title = ledger.title();
    const id = `00000000-0000-4000-8000-${title.slice(1).padStart(12, '0')}`;
    const chat = act.kind === 'insert chat' ? { remoteId: toTemporaryId(`telegram_${act.value % 3}`) } : {};
    const parts = partsOf(entity);
    const body = parts.body !== undefined && act.value % 2 === 0 ? ledger.body(false) : null;
    const fields = {
      ...emptyRow(entity),
      [parts.title]: title,
      ...(parts.body === undefined ? {} : { [parts.body]: body }),
    };
    if (!sql.insert(entity, { id, ...chat, fields })) for (const value of [title, body]) ledger.overwritten(value);
    return;
  }
  // Edits of lists are of the same records as in Notion.
  const all = isListAct(act) ? inOrderOfPages(rows) : [...rows.values()];
  const targets = ({ to }: RelationField): string[] => [...sql.of(to).rows.keys()];
  const row = pickAt(act.kind === 'restore' ? all.filter(({ archived }) => archived) : all, act.at);
  if (!row) return;
  if (act.kind === 'lock') sql.locked.add(row.id);
  if (act.kind === 'truncate' || act.kind === 'truncate links') truncate(sql, ledger, act, entity);
  // Links to a row that was deleted before it had a page are reported forever; nothing can set them.
  if (act.kind === 'delete' && isTemporaryId(row.remoteId) && isTarget(notion.entities, entity)) return;
  if (act.kind === 'delete') removeRow(sql, ledger, entity, row);
  else if (act.kind === 'archive') sql.update(entity, row.id, { archived: true });
  else if (act.kind === 'restore') sql.update(entity, row.id, { archived: false });
  else if (act.kind === 'status') {
    const status = statusOf(entity, act);
    if (status !== undefined) sql.update(entity, row.id, { fields: { status } });
  } else if (act.kind === 'relate') {
    sql.update(entity, row.id, { fields: related(entity, act, targets, row.id) });
  } else if (act.kind === 'back') {
    sql.update(entity, row.id, { fields: setBack(entity, act, ledger, sql.versions.get(row.id) ?? []) });
  } else if (act.kind === 'silent edit') {
    sql.updateSilently(entity, row.id, edited(entity, act, ledger, row.fields));
  } else if (isListAct(act)) {
    sql.update(entity, row.id, { fields: editedList(entity, act, ledger, row.fields, targets) });
  } else if (
    act.kind === 'edit' ||
    act.kind === 'count' ||
    act.kind === 'body' ||
    (act.kind === 'due' && partsOf(entity).date !== undefined)
  ) {
    sql.update(entity, row.id, { fields: edited(entity, act, ledger, row.fields) });
  }
}

/** The defaults of the columns. */
const emptyRow = (entity: Entity): Fields =>
  Object.fromEntries(
    syncedFields(entity).map(([name, field]) => [
      name,
      field.kind === 'select' ? (field.default ?? null) : emptyValue(field),
    ]),
  );

const isTarget = (entities: readonly Entity[], { name }: Entity): boolean =>
  entities.some((entity) => partsOf(entity).relations.some(([, { to }]) => to === name));

/** TRUNCATE of a table or of its join table. That of a table is rare, since it ends what the other acts began. */
function truncate(sql: Sides['sql'], ledger: Ledger, { kind, value, entity: name }: Act, entity: Entity): void {
  const joins = partsOf(entity).relations.flatMap(([field, { kind }]) => (kind === 'relation_many' ? [field] : []));
  for (const row of [...sql.of(name).rows.values()]) {
    const linked = joins.filter((field) => itemsOf(row.fields[field]).length > 0);
    if (kind === 'truncate links' && linked.length > 0)
      sql.update(entity, row.id, { fields: Object.fromEntries(linked.map((field) => [field, []])) });
    if (kind === 'truncate' && value === 0 && !isTemporaryId(row.remoteId)) removeRow(sql, ledger, entity, row);
  }
}

function removeRow(sql: Sides['sql'], ledger: Ledger, entity: Entity, { id, fields }: StoredRow): void {
  for (const value of Object.values(fields)) ledger.overwritten(value);
  sql.delete(entity, id);
}
