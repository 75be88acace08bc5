import { bodyField, type Entity } from '../../src/entities/define.ts';
import { RecordError } from '../../src/errors.ts';
import type { RemoteRecord } from '../../src/sync/ports.ts';
import type { Precondition, RemoteChange, Unedited, UpdateResult } from '../../src/sync/update-port.ts';
import type { Attempt, Commit } from './faults.ts';
import { latest, type MemoryNotion } from './memory-notion.ts';
import type { World } from './world.ts';

/** The product looks again when more time has passed since its look at a page (S5). */
const MAX_GAP_MS = 1_000;

interface Side {
  readonly entity: Entity;
  readonly attempt: Attempt;
  readonly notion: MemoryNotion;
  readonly world: World;
  readonly read: <T>(label: string, work: () => T) => Promise<T>;
  readonly write: <T>(label: string, work: Commit<T>) => Promise<T>;
}

interface Input {
  readonly pageId: string;
  readonly change: RemoteChange;
  readonly precondition: Precondition;
}

type Look = NonNullable<ReturnType<MemoryNotion['look']>> & { readonly at: number };

/** A write that comes too long after its look is not sent. */
class TooLate extends Error {}

/** Notion does not find a page that was unshared after the look. */
class NotFound extends Error {}

/**
 * An update as the product's adapter makes it: a look, and up to three requests, each a step of its own. An edit
 * between the look and the write is overwritten if it is of the same field.
 */
export class PageUpdate {
  readonly #side: Side;
  readonly #input: Input;
  readonly #bodyName: string | undefined;

  constructor(side: Side, input: Input) {
    this.#side = side;
    this.#input = input;
    const name = bodyField(side.entity);
    this.#bodyName = name !== undefined && name in (input.change.fields ?? {}) ? name : undefined;
  }

  async run(): Promise<UpdateResult> {
    const { precondition } = this.#input;
    const unread = precondition.kind === 'unedited' ? await this.#writeUnread(precondition) : null;
    if (unread) return unread;
    for (;;) {
      try {
        return await this.#once();
      } catch (error) {
        if (error instanceof NotFound) return { kind: 'gone', isPartlyWritten: true };
        if (!(error instanceof TooLate)) throw error;
      }
    }
  }

  /** A write that relies on a listing, which may be old and lag behind. @returns null where the page must be read */
  async #writeUnread({ listedAt, maxAgeMs }: Unedited): Promise<UpdateResult | null> {
    const { notion, world, write, attempt } = this.#side;
    const { pageId, change } = this.#input;
    const at = await listedAt();
    if (at === null) return null;
    const page = notion.page(pageId);
    notion.onSend(page.id);
    const sentOn = notion.listedVersion(page);
    try {
      const record = await write('update', (fate) => {
        if (fate !== 'late' && world.now - at > maxAgeMs) throw new TooLate();
        if (!notion.look(page.id, false)) throw new NotFound();
        const listed = fate === 'late' ? sentOn : notion.listedVersion(page);
        notion.patchUnread(page, change, listed, fate);
        if (fate === 'answered') notion.onUnreadAnswer(attempt, page);
        return notion.look(page.id, false)?.record ?? notion.record(page);
      });
      return { kind: 'updated', record, isUnread: true };
    } catch (error) {
      if (error instanceof TooLate || error instanceof NotFound || error instanceof RecordError) return null;
      throw error;
    }
  }

  async #once(): Promise<UpdateResult> {
    const { change, precondition } = this.#input;
    const { isExpected } = precondition;
    const before = await this.#look();
    if (!before) return { kind: 'gone' };
    if (!isExpected(before.record)) return { kind: 'changed', record: before.record };
    if (!(before.record.trashed && change.trashed === false)) return this.#write(before);
    await this.#patch(before, { trashed: false }, true);
    if (this.#bodyName === undefined) return this.#writeRestored(before);
    const restored = await this.#look();
    if (!restored) return { kind: 'gone', isPartlyWritten: true };
    if (restored.record.trashed) return this.#trashedAgain(restored.record);
    // Edits made before the page was trashed show only now.
    if (!isExpected({ ...restored.record, trashed: true })) return { kind: 'changed', record: restored.record };
    return this.#writeRestored(restored);
  }

  async #writeRestored(look: Look): Promise<UpdateResult> {
    try {
      return await this.#write(look, false);
    } catch (error) {
      const { page } = look;
      if (error instanceof TooLate || !latest(page).trashed) throw error;
      return this.#trashedAgain(this.#side.notion.record(page));
    }
  }

  #trashedAgain(record: RemoteRecord): UpdateResult {
    const names = Object.keys(this.#input.change.fields ?? {});
    const refused = Object.fromEntries(names.map((name) => [name, trashedError(record.remoteId)]));
    return { kind: 'updated', record, ...(names.length > 0 ? { refused } : {}) };
  }

  /** The body has a request of its own, before the properties. Both are returned as the answers show them. */
  async #write(look: Look, isFirst = true): Promise<UpdateResult> {
    const { fields = {}, syncKey, trashed } = this.#input.change;
    const name = this.#bodyName;
    const { bodyError } = look.record;
    const body = name === undefined || bodyError ? null : await this.#writeBody(look, name, isFirst);
    const others = Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name));
    const properties: RemoteChange = {
      ...(Object.keys(others).length > 0 ? { fields: others } : {}),
      ...(syncKey === undefined ? {} : { syncKey }),
      ...(trashed === true ? { trashed } : {}),
    };
    const withBody = { ...look.record, ...(body && { editedAt: body.editedAt, editedByUs: true }) };
    const unpatched = isFirst ? withBody : this.#side.notion.look(look.page.id, false)?.record;
    const hasProperties = Object.keys(properties).length > 0;
    const page = hasProperties ? await this.#patch(look, properties, isFirst && !body) : unpatched;
    if (!page) return { kind: 'gone', isPartlyWritten: true };
    const record = body ? { ...page, fields: { ...page.fields, ...body.fields }, bodyReadAt: body.bodyReadAt } : page;
    return { kind: 'updated', record, ...(name !== undefined && bodyError ? { refused: { [name]: bodyError } } : {}) };
  }

  async #writeBody(look: Look, name: string, isFirst: boolean) {
    const answer = await this.#patch(look, { fields: { [name]: this.#input.change.fields?.[name] ?? null } }, isFirst);
    return {
      fields: { [name]: answer.fields[name] ?? null },
      editedAt: answer.editedAt,
      bodyReadAt: new Date(look.at),
    };
  }

  async #look(): Promise<Look | null> {
    const { notion, world, read } = this.#side;
    const look = await read('look', () => notion.look(this.#input.pageId, this.#bodyName !== undefined));
    return look && { ...look, at: world.now };
  }

  /** @returns the page as the answer shows it */
  #patch({ page, order, at }: Look, change: RemoteChange, isFirst: boolean): Promise<RemoteRecord> {
    const { notion, world, write } = this.#side;
    notion.onSend(page.id);
    return write('update', (fate) => {
      if (isFirst && fate !== 'late' && world.now - at > MAX_GAP_MS) throw new TooLate();
      const found = notion.look(page.id, this.#bodyName !== undefined);
      if (!found) throw new NotFound();
      notion.patch(page, change, order, fate);
      return notion.look(page.id, this.#bodyName !== undefined)?.record ?? found.record;
    });
  }
}

const trashedError = (pageId: string): RecordError => new RecordError('page_trashed', `page ${pageId} is in the trash`);
