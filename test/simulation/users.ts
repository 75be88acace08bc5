import fc from 'fast-check';
import type { Entity } from '../../src/entities/define.ts';
import { isTemporaryId, toTemporaryId } from '../../src/sync/temporary-id.ts';
import type { Fields, Value } from '../../src/sync/types.ts';
import type { Sides } from './cycles.ts';
import { boards, cards, simulated } from './entities.ts';
import { latest } from './memory-notion.ts';
import type { StoredRow } from './memory-tables.ts';

/** One act of a person or a script. `at` selects the record, `value` determines its new value. */
export interface Act {
  readonly side: 'notion' | 'sql';
  readonly kind: (typeof NOTION_ACTS)[number] | (typeof SQL_ACTS)[number];
  readonly entity: 'cards' | 'boards';
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

const repeated = <const T>(kind: T, times: number): T[] => Array.from({ length: times }, () => kind);

const act = (side: Act['side'], kinds: readonly Act['kind'][]): fc.Arbitrary<Act> =>
  fc.record({
    side: fc.constant(side),
    kind: fc.constantFrom(...kinds),
    entity: fc.constantFrom('cards', 'cards', 'cards', 'boards'),
    at: fc.nat(7),
    value: fc.nat(20),
    byProgram: fc.constantFrom(false, false, false, true),
    whileSent: fc.constantFrom(false, false, true),
    pause: fc.oneof(fc.nat(400), fc.nat(5_000), fc.nat(60_000)),
  });

const anyAct = fc.oneof(
  act('notion', [...NOTION_ACTS, 'create', 'create', 'edit', 'edit', 'edit']),
  act('sql', [
    ...SQL_ACTS,
    ...repeated('insert', 2),
    ...repeated('edit', 5),
    ...repeated('count', 2),
    ...repeated('back', 3),
  ]),
);

/** The acts of both kinds of users, in order: after few of them, no later one hides what went wrong. */
export const acts: fc.Arbitrary<Act[]> = fc.oneof(
  ...[8, 32].map((maxLength) => fc.array(anyAct, { minLength: 1, maxLength, size: 'max' })),
);

/** What exists before the users start. */
export const settled: readonly Act[] = (['cards', 'boards'] as const).flatMap((entity) =>
  [0, 1].flatMap((at): Act[] => [
    { side: 'notion', kind: 'create', entity, at, value: at, byProgram: false, whileSent: false, pause: 0 },
    { side: 'sql', kind: 'insert', entity, at, value: at, byProgram: false, whileSent: false, pause: 0 },
  ]),
);

/** What a user wrote, in a form that survives Notion's rewriting. */
export const tokenIn = (value: unknown): string => String(value).replace(/^[-*] (link )?/, '');

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

  overwritten(value: Value | undefined): void {
    this.#standing.delete(tokenIn(value));
  }

  standing(): readonly string[] {
    return [...this.#standing];
  }
}

const entityOf = (name: string): Entity => simulated.find((entity) => entity.name === name) ?? cards;
const STATUSES = ['Todo', 'Done', 'Cancelled', null] as const;

const EDITABLE = ['title', 'count', 'due', 'body'] as const;

function editable(fields: Fields, { value }: Act): string {
  const names = EDITABLE.filter((name) => name in fields);
  return names[value % names.length] ?? 'title';
}

/** Sets a field to the value that it had before its last change. */
function setBack(act: Act, ledger: Ledger, versions: readonly { readonly fields: Fields }[]): Fields {
  const now = versions.at(-1)?.fields ?? {};
  const name = editable(now, act);
  const earlier = versions.findLast(({ fields }) => tokenIn(fields[name]) !== tokenIn(now[name]))?.fields[name];
  if (earlier === undefined) return {};
  ledger.overwritten(now[name]);
  return { [name]: earlier };
}

const DAYS = ['2026-03-10', '2026-03-11', '2026-03-12', null] as const;

/** The fields that an edit of this kind sets. */
function edited({ kind, value, side }: Act, ledger: Ledger, before: Fields): Fields {
  if (kind === 'due') return { due: DAYS[value % DAYS.length] ?? null };
  const name = kind === 'count' || kind === 'body' ? kind : 'title';
  ledger.overwritten(before[name]);
  if (kind === 'body') return { body: value % 5 === 0 ? null : ledger.body(side === 'notion') };
  return kind === 'count' ? { count: value % 5 === 0 ? null : ledger.number() } : { title: ledger.title() };
}

/**
 * Links to others, selected by `value`.
 * @param all ids on the linking side
 * @param hidden the links of a field that a person cannot see, and so keeps
 */
function related(entity: Entity, { at, value }: Act, all: readonly string[], self: string, hidden = noLinks): Fields {
  const some = all.filter((id, place) => id !== self && (value >> (place % 5)) % 2 === 1);
  if (entity === boards) return { parent_id: some[0] ?? hidden('parent_id')[0] ?? null };
  if (at % 2 === 0) return { board_id: some[0] ?? hidden('board_id')[0] ?? null };
  return { boards: [...some, ...hidden('boards')].sort() };
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
  return { ...act, entity: entity === cards ? 'cards' : 'boards', at: Math.max(0, ids.indexOf(pageId)) };
}

export function perform({ notion, sql }: Sides, ledger: Ledger, act: Act): void {
  if (act.side === 'notion' && hidesUnknownPage({ notion, sql }, act)) return;
  if (act.side === 'notion') performInNotion(notion, ledger, act);
  else performInSql(sql, ledger, act);
}

/** A page whose creation got no response and that was hidden before a search: no client can know that it exists. */
function hidesUnknownPage({ notion, sql }: Pick<Sides, 'notion' | 'sql'>, { kind, entity, at }: Act): boolean {
  if (kind !== 'unshare' && kind !== 'trash') return false;
  const pages = notion.of(entityOf(entity));
  const page = pages[at % Math.max(1, pages.length)];
  return Boolean(page?.madeFor) && ![...sql.of(entity).states.values()].some(({ remoteId }) => remoteId === page?.id);
}

function performInNotion(notion: Sides['notion'], ledger: Ledger, act: Act): void {
  const entity = entityOf(act.entity);
  const writer = act.byProgram ? 'program' : 'person';
  if (act.kind === 'create') {
    notion.create(entity, { fields: { title: ledger.title() } }, writer);
    return;
  }
  const pages = notion.of(entity);
  const trash = pages.filter((page) => latest(page).trashed);
  const page = pickAt(act.kind === 'restore' ? trash : pages, act.at);
  if (!page) return;
  const { fields, trashed, syncKey } = latest(page);
  if (act.kind === 'share' || act.kind === 'unshare') page.shared = act.kind === 'share';
  else if (act.kind === 'hide body' || act.kind === 'show body') page.bodyHidden = act.kind === 'hide body';
  else if (act.kind === 'restore') {
    if (trashed) notion.edit(page.id, { trashed: false }, writer);
  } else if (trashed) return;
  else if (act.kind === 'trash') notion.edit(page.id, { trashed: true }, writer);
  else if (act.kind === 'duplicate') notion.create(entity, { fields, syncKey }, 'person');
  else if (act.kind === 'status') {
    if (entity === cards) notion.edit(page.id, { fields: { status: STATUSES[act.value % 4] ?? null } }, writer);
  } else if (act.kind === 'relate') {
    const all = notion.of(boards).filter((board) => !notion.isHidden(board.id));
    notion.edit(
      page.id,
      {
        fields: related(
          entity,
          act,
          all.map(({ id }) => id),
          page.id,
          (name) =>
            [fields[name] ?? []]
              .flat()
              .map(String)
              .filter((id) => notion.isHidden(id)),
        ),
      },
      writer,
    );
  } else if (act.kind === 'far link') {
    const board = notion.of(boards)[act.value % Math.max(1, notion.of(boards).length)];
    if (entity !== cards || !board || latest(board).trashed) return;
    notion.linkFromFarSide(page, 'board_id', board.id);
    notion.edit(board.id, {}, writer);
  } else if (act.kind === 'back') {
    notion.edit(page.id, { fields: setBack(act, ledger, page.versions) }, writer);
  } else if (act.kind === 'format') {
    notion.edit(page.id, { unexpressed: new Set([...latest(page).unexpressed, editable(fields, act)]) }, writer);
  } else if (act.kind !== 'due' || entity === cards) {
    notion.edit(page.id, { fields: edited(act, ledger, fields) }, writer);
  }
}

function performInSql(sql: Sides['sql'], ledger: Ledger, act: Act): void {
  const entity = entityOf(act.entity);
  const { rows } = sql.of(entity.name);
  // The transaction of the act before has ended.
  sql.locked.clear();
  if (act.kind === 'insert' || act.kind === 'insert chat') {
    const title = ledger.title();
    const id = `00000000-0000-4000-8000-${title.slice(1).padStart(12, '0')}`;
    const status = entity === cards ? { status: 'Todo' } : {};
    const links = entity === cards ? { due: null, board_id: null, boards: [] } : { parent_id: null };
    const chat = act.kind === 'insert chat' ? { remoteId: toTemporaryId(`telegram_${act.value % 3}`) } : {};
    const body = act.value % 2 === 0 ? ledger.body(false) : null;
    const fields = { title, count: null, body, ...status, ...links };
    if (!sql.insert(entity, { id, ...chat, fields })) for (const value of [title, body]) ledger.overwritten(value);
    return;
  }
  const all = [...rows.values()];
  const row = pickAt(act.kind === 'restore' ? all.filter(({ archived }) => archived) : all, act.at);
  if (!row) return;
  if (act.kind === 'lock') sql.locked.add(row.id);
  if (act.kind === 'truncate' || act.kind === 'truncate links') truncate(sql, ledger, act);
  // Links to a row that was deleted before it had a page are reported forever; nothing can set them.
  if (act.kind === 'delete' && isTemporaryId(row.remoteId) && entity === boards) return;
  if (act.kind === 'delete') removeRow(sql, ledger, entity, row);
  else if (act.kind === 'archive') sql.update(entity, row.id, { archived: true });
  else if (act.kind === 'restore') sql.update(entity, row.id, { archived: false });
  else if (act.kind === 'status') {
    if (entity === cards) sql.update(entity, row.id, { fields: { status: STATUSES[act.value % 4] ?? null } });
  } else if (act.kind === 'relate') {
    const all = [...sql.of('boards').rows.keys()];
    sql.update(entity, row.id, { fields: related(entity, act, all, row.id) });
  } else if (act.kind === 'back') {
    sql.update(entity, row.id, { fields: setBack(act, ledger, sql.versions.get(row.id) ?? []) });
  } else if (act.kind === 'silent edit') {
    sql.updateSilently(entity, row.id, edited(act, ledger, row.fields));
  } else if (
    act.kind === 'edit' ||
    act.kind === 'count' ||
    act.kind === 'body' ||
    (act.kind === 'due' && entity === cards)
  ) {
    sql.update(entity, row.id, { fields: edited(act, ledger, row.fields) });
  }
}

/** TRUNCATE of a table or of its join table. That of a table is rare, since it ends what the other acts began. */
function truncate(sql: Sides['sql'], ledger: Ledger, { kind, value, entity: name }: Act): void {
  const entity = entityOf(name);
  for (const row of [...sql.of(name).rows.values()]) {
    const links = [row.fields.boards ?? []].flat();
    if (kind === 'truncate links' && links.length > 0) sql.update(entity, row.id, { fields: { boards: [] } });
    if (kind === 'truncate' && value === 0 && !isTemporaryId(row.remoteId)) removeRow(sql, ledger, entity, row);
  }
}

function removeRow(sql: Sides['sql'], ledger: Ledger, entity: Entity, { id, fields }: StoredRow): void {
  for (const value of Object.values(fields)) ledger.overwritten(value);
  sql.delete(entity, id);
}
