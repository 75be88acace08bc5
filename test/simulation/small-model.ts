import type { Entity } from '../../src/entities/define.ts';
import type { Value } from '../../src/sync/types.ts';
import { Cycles, type Sides } from './cycles.ts';
import { type Engine, engine } from './engine.ts';
import { boards, cards, simulated } from './entities.ts';
import { type FaultKind, Faults } from './faults.ts';
import { broken, watch } from './invariants.ts';
import { latest, MemoryNotion } from './memory-notion.ts';
import { MemorySql } from './memory-sql.ts';
import { Ledger } from './users.ts';
import { World } from './world.ts';

/** One record with two fields: where it exists at the start, and what each side does with it. */
export interface Model {
  readonly entity: 'cards' | 'boards';
  readonly start: 'synced' | 'archived' | 'trashed' | 'only in Notion' | 'only in SQL';
  readonly notion: NotionAct;
  readonly sql: SqlAct;
  /** The side that acts later, by minutes. */
  readonly last: 'notion' | 'sql';
  readonly conflicts: 'row' | 'field';
  /** The delay of Notion's listings during the cycle. */
  readonly lagMs: number;
}

const NOTION_ACTS = [
  'edit title',
  'edit count',
  'cancel',
  'reopen',
  'trash',
  'restore',
  'duplicate',
  'create',
] as const;
const SQL_ACTS = ['edit title', 'edit count', 'archive', 'restore', 'delete', 'insert', 'insert again'] as const;
type NotionAct = 'nothing' | (typeof NOTION_ACTS)[number];
type SqlAct = 'nothing' | (typeof SQL_ACTS)[number];

/** An event at one call of the cycle: it fails, its worker dies, or a user edits just before it. */
const FAULTS = ['before', 'after', 'crash before', 'crash after', 'hang'] as const;
const EDITS = ['Notion edit', 'SQL edit', 'SQL archive'] as const;
export const EVENTS = [...FAULTS, ...EDITS] as const;

export interface Event {
  /** The index of the call. */
  readonly at: number;
  readonly what: (typeof EVENTS)[number];
}

/** The record on one side. `archival` is its status, or that it is archived. */
export interface Version {
  readonly title: Value;
  readonly count: Value;
  readonly archival: Value;
}

/** The record at the start and on each side after the acts; null if a side has none. */
export interface Said {
  readonly base: Version | null;
  readonly notion: Version | null;
  readonly sql: Version | null;
}

export interface Outcome {
  /** The violated invariants; empty if all hold. */
  readonly broken: readonly string[];
  /** The calls of the cycle with the event. */
  readonly calls: readonly string[];
  /** The final pages, rows and conflicts, without ids and times. */
  readonly end: readonly string[];
  readonly said: Said;
  /** The record's final row. */
  readonly row: Version | null;
}

/** Every act that is possible in this state. A page in the trash takes no edits; an archived record can be restored. */
function possible({ entity, start }: Pick<Model, 'entity' | 'start'>): { notion: NotionAct[]; sql: SqlAct[] } {
  const isCard = entity === 'cards';
  const edits = ['edit title', 'edit count'] as const;
  const cancel = isCard ? (['cancel'] as const) : [];
  switch (start) {
    case 'synced':
      return {
        notion: ['nothing', ...edits, ...cancel, 'trash', 'duplicate', 'create'],
        sql: ['nothing', ...edits, 'archive', 'delete', 'insert', 'insert again'],
      };
    case 'archived':
      return {
        notion: [
          'nothing',
          ...(isCard ? ([...edits, 'reopen', 'trash', 'duplicate'] as const) : (['restore'] as const)),
        ],
        sql: ['nothing', ...edits, 'restore', 'delete', 'insert again'],
      };
    case 'trashed':
      return { notion: ['nothing', 'restore', 'create'], sql: ['nothing', ...edits, 'restore', 'delete'] };
    case 'only in Notion':
      return { notion: ['nothing', ...edits, ...cancel, 'trash', 'duplicate', 'create'], sql: ['nothing', 'insert'] };
    case 'only in SQL':
      return {
        notion: ['nothing', 'create'],
        sql: ['nothing', ...edits, 'archive', 'delete', 'insert', 'insert again'],
      };
  }
}

const STARTS = ['synced', 'archived', 'trashed', 'only in Notion', 'only in SQL'] as const;

/** Every model. Orders, policies and delays vary only where they can make a difference. */
export function everyModel(): Model[] {
  const starts = (['cards', 'boards'] as const).flatMap((entity) => STARTS.map((start) => ({ entity, start })));
  return starts.flatMap((from) => {
    const { notion, sql } = possible(from);
    const pairs = notion.flatMap((theirs) => sql.map((ours) => ({ notion: theirs, sql: ours })));
    return pairs.flatMap((acts) => {
      const isConflict = acts.notion !== 'nothing' && acts.sql !== 'nothing';
      const lasts = isConflict ? (['notion', 'sql'] as const) : (['sql'] as const);
      const policies = isConflict ? (['row', 'field'] as const) : (['row'] as const);
      const lags = from.start === 'only in SQL' ? [0, 20_000] : [0];
      return lasts.flatMap((last) =>
        policies.flatMap((conflicts) => lags.map((lagMs): Model => ({ ...from, ...acts, last, conflicts, lagMs }))),
      );
    });
  });
}

const MINUTE_MS = 60_000;
const ROW = '00000000-0000-4000-8000-000000000001';
const CHAT = 'sql:telegram_1';

const entityOf = (name: Model['entity']): Entity => (name === 'cards' ? cards : boards);

/** The two users of a model's world. */
class Users {
  readonly ledger = new Ledger();
  readonly #sides: Sides;
  readonly #entity: Entity;
  #rows = 1;

  constructor(sides: Sides, entity: Entity) {
    this.#sides = sides;
    this.#entity = entity;
  }

  notion(act: NotionAct): void {
    const { notion } = this.#sides;
    const [page] = notion.of(this.#entity);
    if (act === 'create') notion.create(this.#entity, { fields: { title: this.ledger.title() } }, 'person');
    if (!page) return;
    const { fields, syncKey, trashed } = latest(page);
    if (act === 'restore' && trashed) notion.edit(page.id, { trashed: false }, 'person');
    if (trashed) return;
    switch (act) {
      case 'edit title':
        this.ledger.overwritten(fields.title);
        notion.edit(page.id, { fields: { title: this.ledger.title() } }, 'person');
        break;
      case 'edit count':
        this.ledger.overwritten(fields.count);
        notion.edit(page.id, { fields: { count: this.ledger.number() } }, 'person');
        break;
      case 'cancel':
        notion.edit(page.id, { fields: { status: 'Cancelled' } }, 'person');
        break;
      case 'reopen':
        notion.edit(page.id, { fields: { status: 'Todo' } }, 'person');
        break;
      case 'trash':
        notion.edit(page.id, { trashed: true }, 'person');
        break;
      case 'duplicate':
        notion.create(this.#entity, { fields, syncKey }, 'person');
    }
  }

  sql(act: SqlAct): void {
    const { sql } = this.#sides;
    const [row] = sql.of(this.#entity.name).rows.values();
    if (act === 'insert') this.#insert(undefined);
    if (act === 'insert again') this.#insert(CHAT);
    if (!row) return;
    switch (act) {
      case 'edit title':
        this.ledger.overwritten(row.fields.title);
        sql.update(this.#entity, row.id, { fields: { title: this.ledger.title() } });
        break;
      case 'edit count':
        this.ledger.overwritten(row.fields.count);
        sql.update(this.#entity, row.id, { fields: { count: this.ledger.number() } });
        break;
      case 'archive':
        sql.update(this.#entity, row.id, { archived: true });
        break;
      case 'restore':
        sql.update(this.#entity, row.id, { archived: false });
        break;
      case 'delete':
        for (const value of Object.values(row.fields)) this.ledger.overwritten(value);
        sql.delete(this.#entity, row.id);
        break;
    }
  }

  /** @returns the row that is archived now and was not before */
  sqlArchive(): string | null {
    const { rows, states } = this.#sides.sql.of(this.#entity.name);
    const [row] = rows.values();
    if (!row || row.archived) return null;
    this.sql('archive');
    // A live row whose page is in the trash is being restored, since SQL acted last. Either end is right.
    return states.get(row.id)?.archived ? null : row.id;
  }

  #insert(remoteId: string | undefined): void {
    const title = this.ledger.title();
    const links = this.#entity === cards ? { status: 'Todo', board_id: null, boards: [] } : { parent_id: null };
    const id = ROW.slice(0, -1) + this.#rows;
    const row = { id, fields: { title, count: null, ...links }, ...(remoteId === undefined ? {} : { remoteId }) };
    if (this.#sides.sql.insert(this.#entity, row)) this.#rows += 1;
    else this.ledger.overwritten(title);
  }
}

/** Plays one model: its start, the acts, the cycle with its event, two cycles without users, and one that must write nothing. */
export async function playModel(model: Model, event: Event | null, by: Engine = engine): Promise<Outcome> {
  const world = new World(1);
  const faults = new Faults(world);
  const notion = new MemoryNotion(world, faults, simulated);
  const sql = new MemorySql(world, faults, simulated);
  const sides: Sides = { world, faults, notion, sql };
  const users = new Users(sides, entityOf(model.entity));
  const seen = watch(sides, model.conflicts);
  const cycles = new Cycles(sides, by, model.conflicts);
  const cycle = async (): Promise<void> => {
    world.now += 5 * MINUTE_MS;
    await world.run(cycles.cycle(true));
  };

  await begin(model, users, cycle);
  const base = rowVersion(sides, model);
  act(model, users, world);
  const said: Said = { base, notion: pageVersion(sides, model), sql: rowVersion(sides, model) };
  notion.lagMs = model.lagMs;
  const calls: string[] = [];
  let archivedMeanwhile: string | null = null;
  faults.plan = (label): FaultKind | undefined => {
    if (!label.includes(model.entity)) return undefined;
    calls.push(label);
    if (calls.length - 1 !== event?.at) return undefined;
    switch (event.what) {
      case 'Notion edit':
        users.notion('edit title');
        return undefined;
      case 'SQL edit':
        users.sql('edit title');
        return undefined;
      case 'SQL archive':
        archivedMeanwhile = users.sqlArchive();
        return undefined;
      default:
        return event.what;
    }
  };
  await cycle();
  faults.plan = () => undefined;
  notion.lagMs = 0;
  await cycle();
  await cycle();
  const problems = [...seen, ...broken(sides, users.ledger, model.conflicts)];
  // An archived row that stays as agreed did not change, so Notion's version counts.
  if (archivedMeanwhile && !wasArchived(model) && !sql.of(model.entity).rows.get(archivedMeanwhile)?.archived)
    problems.push('a row that was archived meanwhile is live again');

  const before = [notion.writes, sql.rowWrites, sql.conflicts.length];
  await cycle();
  const after = [notion.writes, sql.rowWrites, sql.conflicts.length];
  if (before.join() !== after.join()) problems.push(`a further cycle wrote: ${before} became ${after}`);
  return { broken: problems, calls, end: endOf(sides, model.entity), said, row: rowVersion(sides, model) };
}

async function begin({ start }: Model, users: Users, cycle: () => Promise<void>): Promise<void> {
  if (start === 'only in Notion') {
    // The first cycle of a deployment differs from the first cycle that sees a page.
    await cycle();
    return users.notion('create');
  }
  users.sql('insert again');
  if (start === 'only in SQL') return;
  await cycle();
  if (start === 'archived') users.sql('archive');
  if (start === 'trashed') users.notion('trash');
  if (start !== 'synced') await cycle();
}

function act({ notion, sql, last }: Model, users: Users, world: World): void {
  world.now += 2 * MINUTE_MS;
  if (last === 'notion') users.sql(sql);
  else users.notion(notion);
  world.now += 2 * MINUTE_MS;
  if (last === 'notion') users.notion(notion);
  else users.sql(sql);
}

const wasArchived = ({ start }: Model): boolean => start === 'archived' || start === 'trashed';

/** The page of the model, once it exists. */
const pageOf = ({ notion }: Sides, { entity }: Model) => notion.of(entityOf(entity))[0];

function rowVersion(sides: Sides, model: Model): Version | null {
  const { rows } = sides.sql.of(model.entity);
  const remoteId = pageOf(sides, model)?.id;
  const row =
    model.start === 'only in Notion' ? [...rows.values()].find((row) => row.remoteId === remoteId) : rows.get(ROW);
  if (!row) return null;
  const { title = null, count = null, status = null } = row.fields;
  // Clearing `archived_at` restores the earlier status.
  const restored = wasArchived(model) && status === 'Cancelled' ? 'Todo' : status;
  return { title, count, archival: row.archived ? 'archived' : restored };
}

function pageVersion(sides: Sides, model: Model): Version | null {
  const page = pageOf(sides, model);
  if (!page || model.start === 'only in SQL') return null;
  const { fields, trashed } = latest(page);
  const { title = null, count = null, status = null } = fields;
  const archived = trashed || (model.start === 'archived' && status === 'Cancelled');
  return { title, count, archival: archived ? 'archived' : status };
}

function endOf({ notion, sql }: Sides, name: Model['entity']): string[] {
  const entity = entityOf(name);
  const say = (what: string, of: object): string => `${what} ${JSON.stringify(of, Object.keys(of).sort())}`;
  return [
    ...notion.of(entity).map((page) => {
      const { fields, trashed } = latest(page);
      return say('page', { ...fields, trashed });
    }),
    ...[...sql.of(name).rows.values()].map(({ fields, archived }) => say('row', { ...fields, archived })),
    ...sql.conflicts.map(({ winner, reason }) => say('conflict', { winner, reason })),
  ].sort();
}
