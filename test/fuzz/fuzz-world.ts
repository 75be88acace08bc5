import { expect } from 'vitest';
import { defineEntity, number, richText, select, title } from '../../src/entities/define.ts';
import { parseMarkdown, toMarkdown } from '../../src/notion/markdown.ts';
import { plainSpan, textOf } from '../../src/notion/rich-text.ts';
import { type Held, isCreate, isUpdate } from '../faults/support/relay.ts';
import { allowedValues, type RecordHistory, type Shown } from '../simulation/oracle.ts';
import { Random } from '../simulation/random.ts';
import { COMMON_COLUMNS, type Engine } from '../support/engine.ts';

export const letters = defineEntity({
  name: 'letters',
  table: 'letters',
  databaseId: '77777777-3a65-8055-8b36-ea0f30871fe3',
  title: 'Letters',
  fields: {
    name: title('Name'),
    count: number('Count'),
    state: select('State', ['Draft', 'Sent', 'Read']),
    note: richText('Note'),
  },
});

export const LETTERS_DDL = `CREATE TABLE letters (${COMMON_COLUMNS}, name text NOT NULL DEFAULT '', count numeric, state text, note text)`;

const GRAIN_MS = 60_000;
const STATES = ['Draft', 'Sent', 'Read'] as const;
const MAX_ACTS = 10;

/** Texts that a terminal, a browser, SQL, a template or Markdown would take for something else. They arrive as they are. */
const HOSTILE = [
  ...['', "'; DROP TABLE letters; --", '<script>alert(1)</script>', '$1 $$ #{x} {{x}}', '../../etc/passwd', '%00%s%n'],
  ...['\x1b[2J\x07', '\u202egnp.exe', 'a\u2028b', '\ufeffbom', 'e\u0301\u200d👩‍💻', '__proto__', '\\'.repeat(9)],
  ...[
    '*a_'.repeat(60),
    '[a]('.repeat(60),
    '`a``b```c',
    '~~a',
    '# a',
    '- [ ] a',
    '<br>',
    '&amp;',
    '| a |',
    'a  \nb\n\n\nc',
  ],
];

interface StoredLetter {
  readonly id: string;
  readonly notion_page_id: string;
  readonly name: string;
  readonly count: number | null;
  readonly state: string | null;
  readonly note: string | null;
  readonly edited: Date | null;
}

/**
 * A world of the real parts: PostgreSQL, the emulator over HTTP, and a relay that delays requests and breaks
 * connections. Users edit both sides, also while a request is held; the simulation's oracle says which value stands.
 */
class FuzzWorld {
  readonly #engine: Engine;
  readonly #random: Random;
  readonly #prefix: string;
  readonly #pages = new Map<string, Shown[]>();
  readonly #rows = new Map<string, Shown[]>();
  readonly #sent = new Map<string, RecordHistory['sent'][number][]>();
  readonly #late: Held[] = [];
  /** The place of the look that a delayed write relies on, while it is under way. */
  #lookedAt: number | null = null;
  #order = 0;
  #count = 0;

  constructor(engine: Engine, seed: number) {
    this.#engine = engine;
    this.#random = new Random(seed);
    this.#prefix = `w${seed}-`;
  }

  /** @returns what is wrong at the end */
  async play(): Promise<string[]> {
    for (let records = 0; records < 2; records += 1) {
      await this.#act(() => this.#createPage());
      await this.#act(() => this.#insertRow());
    }
    await this.#engine.cycle();
    await this.#look('sync');
    for (let acts = 0; acts < MAX_ACTS; acts += 1) {
      if (this.#random.chance(0.4)) await this.#cycle();
      else await this.#edit();
    }
    for (const held of this.#late) {
      held.release();
      await held.done;
    }
    for (let calm = 0; calm < 3; calm += 1) await this.#engine.cycle();
    await this.#look('sync');
    const idle = await this.#engine.cycle();
    expect(idle).toMatchObject({ created: 0, updated: 0, archived: 0, conflicts: 0, errors: [] });
    return this.#wrong();
  }

  /** A cycle, of which one request may be delayed or lost, with edits meanwhile. */
  async #cycle(): Promise<void> {
    const { relay } = this.#engine;
    const isLate = this.#random.chance(0.5);
    const held = relay.hold(isLate ? 'before' : 'after', this.#random.chance(0.8) ? isUpdate : isCreate);
    const cycle = this.#engine.cycle().then(
      () => true,
      () => false,
    );
    const isHeld = await Promise.race([held.arrived.then(() => true), cycle.then(() => false)]);
    if (!isHeld) {
      // The gate stays for a request of a later cycle, which it must not stop.
      held.release();
      await this.#look('sync');
      return;
    }
    await this.#look('sync');
    if (isLate) this.#lookedAt = this.#order;
    if (this.#random.chance(0.6)) await this.#edit();
    const isKilled = this.#random.chance(0.6);
    if (isKilled) held.abandon();
    if (isKilled && isLate) this.#late.push(held);
    else held.release();
    await cycle;
    await this.#look('sync');
    this.#lookedAt = null;
  }

  async #edit(): Promise<void> {
    if (this.#late.length > 0 && this.#random.chance(0.4)) {
      const held = this.#late.shift();
      held?.release();
      await held?.done;
      return this.#look('sync');
    }
    await this.#act(() => (this.#random.chance(0.5) ? this.#editPage() : this.#editRow()));
  }

  /** Notes what the sync wrote before, and what the user writes. */
  async #act(write: () => Promise<void>): Promise<void> {
    await this.#look('sync');
    await write();
    await this.#look('user');
  }

  #token(): string {
    this.#count += 1;
    return `${this.#prefix}${this.#count} ${this.#random.pick(HOSTILE)}`;
  }

  async #createPage(): Promise<void> {
    this.#engine.notion.workspace.createPage('Letters', { Name: this.#token(), State: 'Draft' });
  }

  async #insertRow(): Promise<void> {
    await this.#engine.sql("INSERT INTO letters (name, state) VALUES ($1, 'Draft')", [this.#token()]);
  }

  /** By a person, or by another program with the same token. */
  async #editPage(): Promise<void> {
    const { notion } = this.#engine;
    const id = this.#random.pick([...this.#pages.keys()]);
    if (id === undefined) return;
    const count = this.#random.below(1_000);
    if (this.#random.chance(0.8)) {
      const values = [{ Name: this.#token() }, { Count: count }, { State: this.#random.pick(STATES) }];
      notion.workspace.editPage(id, this.#random.pick([...values, { Note: this.#token() }]) ?? {});
      return;
    }
    const response = await fetch(`${notion.url}/v1/pages/${id}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${notion.token}`,
        'notion-version': '2025-09-03',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ properties: { Count: { number: count } } }),
    });
    expect(response.status).toBe(200);
  }

  /** Minutes before or after now, so that either side is the newer one. */
  async #editRow(): Promise<void> {
    const id = this.#random.pick([...this.#rows.keys()]);
    const values = { name: this.#token(), count: this.#random.below(1_000), state: this.#random.pick(STATES) };
    const note = toMarkdown([plainSpan(this.#token())]);
    const [column, value] = this.#random.pick(Object.entries({ ...values, note })) ?? [];
    const minutes = this.#random.pick([-3, 0, 3]);
    await this.#engine.sql(
      `UPDATE letters SET ${column} = $2, sql_local_last_edited_at = now() + make_interval(mins => $3::int) WHERE id = $1`,
      [id, value, minutes],
    );
  }

  #stored(): Promise<StoredLetter[]> {
    return this.#engine.sql<StoredLetter & Record<string, unknown>>(
      `SELECT id, notion_page_id, name, count::int, state, note, sql_local_last_edited_at AS edited
       FROM letters WHERE name LIKE $1`,
      [`${this.#prefix}%`],
    );
  }

  /** Keeps the version of each side that is new since the last look. */
  async #look(writer: Shown['writer']): Promise<void> {
    for (const { page } of this.#ownPages()) {
      this.#keep(this.#pages, page.id, writer, Date.parse(page.last_edited_time), valuesOf(page.properties));
    }
    for (const row of await this.#stored()) {
      const values = valuesOfRow(row);
      this.#keep(this.#rows, row.id, writer, row.edited?.getTime() ?? null, values);
      if (writer === 'sync') this.#noteSent(row.id, values);
    }
  }

  #noteSent(id: string, values: Record<string, string>): void {
    this.#sent.set(id, [
      ...(this.#sent.get(id) ?? []),
      { order: this.#next(), at: Date.now() - 3 * GRAIN_MS, values, isHeard: false },
    ]);
  }

  #keep(
    all: Map<string, Shown[]>,
    id: string,
    writer: Shown['writer'],
    editedAt: number | null,
    values: Record<string, string>,
  ): void {
    const versions = all.get(id) ?? [];
    const last = versions.at(-1);
    if (last && last.editedAt === editedAt && JSON.stringify(last.values) === JSON.stringify(values)) return;
    const lookedAt = writer === 'sync' && this.#lookedAt !== null ? { lookedAt: this.#lookedAt } : {};
    all.set(id, [...versions, { order: this.#next(), writer, editedAt, values, ...lookedAt }]);
  }

  #next(): number {
    this.#order += 1;
    return this.#order;
  }

  #ownPages() {
    return this.#engine.notion.workspace.pages('Letters').filter(({ title }) => title.startsWith(this.#prefix));
  }

  /** Conflicts of which nobody can tell which version came last: the one that should stand is kept there. */
  async #doubts(): Promise<readonly { id: string; remote: Record<string, unknown>; sql: Record<string, unknown> }[]> {
    return this.#engine.sql(
      'SELECT record_id AS id, notion_version AS remote, sql_version AS sql FROM sync_conflicts WHERE base_version IS NULL',
    );
  }

  async #wrong(): Promise<string[]> {
    const rows = await this.#stored();
    const doubts = await this.#doubts();
    const pages = new Map(this.#ownPages().map(({ page }) => [page.id, valuesOf(page.properties)]));
    const orphans = [...pages.keys()].filter((id) => !rows.some((row) => row.notion_page_id === id));
    const wrong = rows.flatMap((row) => {
      const history = {
        remote: this.#pages.get(row.notion_page_id) ?? [],
        sql: this.#rows.get(row.id) ?? [],
        sent: this.#sent.get(row.id) ?? [],
      };
      return Object.entries(valuesOfRow(row)).flatMap(([part, value]) => {
        const other = pages.get(row.notion_page_id)?.[part];
        if (other !== value) return [`row ${row.name}: ${part} is ${value}, in Notion ${other}`];
        const allowed = allowedValues(history, part, { conflicts: 'field', grainMs: GRAIN_MS });
        const told = JSON.stringify({ remote: history.remote, sql: history.sql });
        const isInDoubt = doubts.some(
          ({ id, remote, sql }) =>
            id === row.id && [remote, sql].some((version) => allowed.has(shown(part, version[part]))),
        );
        return allowed.size === 0 || allowed.has(value) || isInDoubt
          ? []
          : [`row ${row.name}: ${part} is ${value} instead of ${[...allowed].join(' or ')}; ${told}`];
      });
    });
    return [...orphans.map((id) => `page ${id} has no row`), ...wrong];
  }
}

const plain = (value: unknown): string => (value === null || value === undefined ? 'empty' : String(value));

/** A note is compared by its text: the column has Markdown. */
const shown = (part: string, value: unknown): string =>
  part === 'note' && typeof value === 'string' ? textOf(parseMarkdown(value)) : plain(value);

const valuesOfRow = (row: StoredLetter): Record<string, string> =>
  Object.fromEntries((['name', 'count', 'state', 'note'] as const).map((part) => [part, shown(part, row[part])]));

type Properties = ReturnType<Engine['notion']['workspace']['page']>['page']['properties'];

function valuesOf({ Name: name, Count: count, State: state, Note: note }: Properties): Record<string, string> {
  return {
    name: name?.type === 'title' ? name.title.map(({ plain_text: text }) => text).join('') : 'empty',
    count: plain(count?.type === 'number' ? count.number : null),
    state: plain(state?.type === 'select' ? state.select?.name : null),
    note: plain((note?.type === 'rich_text' && note.rich_text.map(({ plain_text: text }) => text).join('')) || null),
  };
}

/** Plays worlds, which all must end in sync, with the winners of rule 2. */
export async function expectInSync(engine: Engine, from: number, worlds: number): Promise<void> {
  for (let seed = from; seed < from + worlds; seed += 1) {
    expect(await new FuzzWorld(engine, seed).play(), `npm run fuzz -- --worlds 1 --from ${seed}`).toEqual([]);
  }
}
