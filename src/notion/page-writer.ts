import type { PageObjectResponse } from '@notionhq/client';
import { bodyField, type Entity, type NotionField, notionFields } from '../entities/define.ts';
import { AmbiguousWriteError, FinalError, LockstepError, RecordError } from '../errors.ts';
import { omit } from '../sync/fields.ts';
import type { RemoteRecord } from '../sync/ports.ts';
import type { Fields, Value } from '../sync/types.ts';
import type { Precondition, Read, Refused, RemoteChange, Unedited, UpdateResult } from '../sync/update-port.ts';
import { toNewBody } from './body.ts';
import type { DataSource } from './data-source.ts';
import { OutdatedLookError } from './notion-api.ts';
import type { Body, PageBodies } from './page-bodies.ts';
import type { Residue } from './page-decoder.ts';
import type { PageReader, ReadPage } from './page-reader.ts';
import type { NewPage, PageRequests, PageUpdate } from './page-requests.ts';
import type { PeopleDirectory } from './people-directory.ts';
import { encodeProperty, type PropertyWrite } from './properties.ts';
import { checkRequestSize } from './request-size.ts';

interface PageWriterParts {
  readonly requests: PageRequests;
  readonly reader: PageReader;
  readonly bodies: PageBodies;
  readonly people: PeopleDirectory;
}

interface PageWriterOptions {
  readonly entity: Entity;
  readonly source: DataSource;
  readonly timeZone: string;
}

/** Answers that take longer than the look may be old are rare, and never five in a row while Notion works. */
const MAX_LOOKS = 5;
const MINUTE_MS = 60_000;

/** What was written after earlier looks of one update. */
interface Done {
  isRestored: boolean;
  /** The body after its write, or why it was not written; null before. */
  body: Body | RecordError | null;
}

const isRewritten = (before: Body | RecordError | null, after: Body | RecordError | null): boolean =>
  !(before instanceof RecordError || after instanceof RecordError) && before?.raw !== after?.raw;

const hasWritten = ({ isRestored, body }: Done): boolean => isRestored || body !== null;

interface Attempt extends Pick<Read, 'isExpected'> {
  readonly done: Done;
}

/** What Notion answers when it does nothing: what the page is like, a read of it tells. */
const REFUSALS: ReadonlySet<string> = new Set([
  'page_not_found',
  'page_trashed',
  'property_missing',
  'property_retyped',
  'refused',
]);

/** Creates and updates the pages of one data source. */
export class PageWriter {
  readonly #requests: PageRequests;
  readonly #reader: PageReader;
  readonly #bodies: PageBodies;
  readonly #people: PeopleDirectory;
  readonly #entity: Entity;
  readonly #source: DataSource;
  readonly #timeZone: string;
  readonly #fields: ReadonlyMap<string, NotionField>;
  readonly #bodyName: string | undefined;

  constructor({ requests, reader, bodies, people }: PageWriterParts, { entity, source, timeZone }: PageWriterOptions) {
    this.#requests = requests;
    this.#reader = reader;
    this.#bodies = bodies;
    this.#people = people;
    this.#entity = entity;
    this.#source = source;
    this.#timeZone = timeZone;
    this.#fields = new Map(notionFields(entity));
    this.#bodyName = bodyField(entity);
  }

  /** Creates the page of a row. The row's id is its `Sync Key`. */
  async create(recordId: string, wanted: Fields): Promise<RemoteRecord> {
    const { fields, replaced, refused } = await this.#people.resolve(wanted);
    for (const reason of Object.values(refused)) throw reason;
    return withFields(await this.#create(recordId, fields), replaced);
  }

  async #create(recordId: string, fields: Fields): Promise<RemoteRecord> {
    const bodyName = this.#bodyName;
    const markdown = bodyName === undefined ? null : toNewBody(textOf(fields[bodyName]));
    const filled = Object.entries(fields).filter(([name, value]) => {
      if (name === bodyName) return false;
      // Without a title Notion makes one of the body's first heading.
      return !isEmpty(value) || (markdown !== null && this.#field(name).kind === 'title');
    });
    const request: NewPage = {
      properties: {
        ...Object.fromEntries(filled.map(([name, value]) => this.#encode(name, value, {}))),
        [this.#syncKeyProperty()]: syncKeyValue(recordId),
      },
      ...(markdown === null ? {} : { markdown }),
    };
    checkRequestSize(request, `${this.#entity.name}: row ${recordId}`);
    // A page that is not found may be one that this page relates to.
    const ofRecord = filled.some(([name]) => this.#field(name).kind.startsWith('relation'));
    const readAt = this.#requests.clock.answeredAt;
    const page = await this.#requests.create(request, `the page of row ${recordId}`, { ofRecord });
    const body =
      markdown === null
        ? { raw: '', text: null, readAt, lookedAt: this.#requests.elapsedMs }
        : await this.#readBack(recordId, page.id);
    return this.#reader.toRecord(page, body);
  }

  /**
   * Updates a page unless it has changed. Notion has no conditional write, so an edit can slip in after the look: no
   * request is sent more than a second after a look at the page, or `maxAgeMs` after a listing. The requests of a look
   * and its write are taken from the budget together.
   * @throws RecordError when answers take so long that no look is recent enough
   */
  async update(pageId: string, change: RemoteChange, precondition: Precondition): Promise<UpdateResult> {
    if (change.fields === undefined) return this.#update(pageId, change, precondition);
    // The users are read before the page: what was read of the page must be recent.
    const { fields, replaced, refused } = await this.#people.resolve(change.fields);
    const unread = precondition.kind === 'unedited' ? await this.#writeUnread(pageId, fields, precondition) : null;
    const result = unread ?? (await this.#update(pageId, { ...change, fields }, precondition));
    if (result.kind !== 'updated') return result;
    const taken = omit(replaced, Object.keys(result.refused ?? {}));
    return { ...result, record: withFields(result.record, taken), ...anyRefused({ ...result.refused, ...refused }) };
  }

  /** Writes properties of a page that a listing shows as unedited. @returns null where the page must be read first */
  async #writeUnread(pageId: string, fields: Fields, { listedAt, maxAgeMs }: Unedited): Promise<UpdateResult | null> {
    const { properties, refused } = this.#encodeEach(fields, {});
    if (Object.keys(refused).length > 0 || Object.keys(properties).length === 0) return null;
    // A new listing may wait for the budget, and must not hold a request meanwhile.
    if ((await listedAt()) === null) return null;
    return this.#requests.together(1, async () => {
      // Again: this request may have waited, too.
      const lookedAt = await listedAt();
      if (lookedAt === null) return null;
      try {
        const written = await this.#requests.update(pageId, { properties }, { lookedAt, maxLookAgeMs: maxAgeMs });
        const page = this.#requests.requireOwn(written);
        return { kind: 'updated', record: this.#reader.toUnreadRecord(page, fields), isUnread: true };
      } catch (error) {
        if (error instanceof OutdatedLookError || (error instanceof LockstepError && REFUSALS.has(error.code)))
          return null;
        throw error;
      }
    });
  }

  async #update(pageId: string, change: RemoteChange, { isExpected }: Pick<Read, 'isExpected'>): Promise<UpdateResult> {
    const done: Done = { isRestored: false, body: null };
    for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
      const work = () => this.#lookAndWrite(pageId, change, { isExpected, done });
      try {
        return await this.#requests.together(this.#countRequests(change), work);
      } catch (error) {
        if (!(error instanceof OutdatedLookError)) throw error;
      }
    }
    throw new RecordError(
      'look_outdated',
      `${this.#entity.name}: page ${pageId} was read ${MAX_LOOKS} times, and each time it took more than a second until it could be written; the next sync tries again`,
    );
  }

  /** A look and a write; the body takes one of each, and a restore is a write of its own. */
  #countRequests({ fields = {}, trashed }: RemoteChange): number {
    return 2 + (this.#writesBody(fields) ? 2 : 0) + (trashed === false ? 1 : 0);
  }

  #writesBody = (fields: Fields | undefined): boolean =>
    this.#bodyName !== undefined && fields?.[this.#bodyName] !== undefined;

  /** @param attempt what earlier looks led to is not done again */
  async #lookAndWrite(pageId: string, change: RemoteChange, attempt: Attempt): Promise<UpdateResult> {
    const { isExpected, done } = attempt;
    // Where the body is not written it need not be read: an edit of it comes with the next listing.
    const withBody = this.#writesBody(change.fields) && done.body === null;
    const current = await this.#reader.read(pageId, { withBody, isRecent: true });
    if (!current) return { kind: 'gone', isPartlyWritten: hasWritten(done) };
    const { record } = current;
    if (done.isRestored && record.trashed) return this.#trashedAgain(record, change);
    if (!isExpected(done.isRestored ? { ...record, trashed: true } : record)) {
      return { kind: 'changed', record, isPartlyWritten: hasWritten(done) };
    }
    // Notion accepts no other change of a page in the trash.
    if (change.trashed !== false || !record.trashed) return this.#write(current, change, done);
    await this.#requests.update(pageId, { in_trash: false }, { lookedAt: current.lookedAt });
    done.isRestored = true;
    // The body can be read only now. It may have been edited before the page was trashed.
    return withBody ? this.#lookAndWrite(pageId, change, attempt) : this.#write(current, change, done);
  }

  async #write(current: ReadPage, change: RemoteChange, done: Done): Promise<UpdateResult> {
    try {
      return await this.#writeParts(current, change, done);
    } catch (error) {
      if (!(done.isRestored && error instanceof RecordError && error.code === 'page_trashed')) throw error;
      const now = await this.#reader.read(current.page.id);
      if (!now) return { kind: 'gone', isPartlyWritten: true };
      if (!now.record.trashed) throw error;
      return this.#trashedAgain(now.record, change);
    }
  }

  /** A person moved the page to the trash again while it was restored: the trashed page, with what it did not take. */
  #trashedAgain(record: RemoteRecord, { fields = {} }: RemoteChange): UpdateResult {
    const reason = new RecordError(
      'page_trashed',
      `${this.#entity.name}: page ${record.remoteId} was moved to Notion's trash again while it was restored`,
    );
    const refused = Object.fromEntries(Object.keys(fields).map((name) => [name, reason]));
    return { kind: 'updated', record, ...anyRefused(refused) };
  }

  async #writeParts(current: ReadPage, change: RemoteChange, done: Done): Promise<UpdateResult> {
    const { page, residue } = current;
    const { [this.#bodyName ?? '']: wantedBody, ...fields } = change.fields ?? {};
    const { properties, refused } = this.#encodeEach(fields, residue);
    // The body is written first: the last answer about the page says when it was edited.
    if (wantedBody !== undefined && current.body && !(current.body instanceof RecordError)) {
      done.body = await this.#bodies.write(page.id, current.body, textOf(wantedBody));
    }
    const body = done.body ?? current.body;
    if (wantedBody !== undefined && this.#bodyName !== undefined && body instanceof RecordError) {
      refused[this.#bodyName] = body;
    }
    const update = this.#toUpdate(properties, change);
    const needsRead = done.isRestored && Object.keys(update).length === 0;
    const written = needsRead ? await this.#requests.retrieve(page.id) : await this.#updateProperties(current, update);
    if (!written) return { kind: 'gone', isPartlyWritten: hasWritten(done) };
    const record = this.#reader.toRecord(written, body);
    const isOnlyBody = written === page && isRewritten(current.body, body);
    return {
      kind: 'updated',
      record: isOnlyBody ? { ...record, editedAt: this.#editedNow(record), editedByUs: true } : record,
      ...anyRefused(refused),
    };
  }

  /** The answer to a body does not say when the page was edited: in the minute of the answer. */
  #editedNow({ editedAt }: RemoteRecord): Date {
    const answeredAt = this.#requests.clock.answeredAt.getTime();
    return new Date(Math.max(editedAt.getTime(), answeredAt - (answeredAt % MINUTE_MS)));
  }

  #toUpdate(encoded: Record<string, PropertyWrite>, { syncKey, trashed }: RemoteChange): PageUpdate {
    const properties = {
      ...encoded,
      ...(syncKey === undefined ? {} : { [this.#syncKeyProperty()]: syncKeyValue(syncKey) }),
    };
    return {
      ...(Object.keys(properties).length > 0 ? { properties } : {}),
      ...(trashed === true ? { in_trash: true } : {}),
    };
  }

  #updateProperties({ page, lookedAt }: ReadPage, update: PageUpdate): Promise<PageObjectResponse> {
    return Object.keys(update).length > 0
      ? this.#requests.update(page.id, update, { lookedAt })
      : Promise.resolve(page);
  }

  /** Encodes what Notion can hold, and says why for each field that it cannot. */
  #encodeEach(
    fields: Fields,
    residue: Residue,
  ): { properties: Record<string, PropertyWrite>; refused: Record<string, RecordError> } {
    const properties: Record<string, PropertyWrite> = {};
    const refused: Record<string, RecordError> = {};
    for (const [name, value] of Object.entries(fields)) {
      try {
        const [id, write] = this.#encode(name, value, residue);
        properties[id] = write;
      } catch (error) {
        if (!(error instanceof RecordError)) throw error;
        refused[name] = error;
      }
    }
    return { properties, refused };
  }

  #encode(name: string, value: Value, residue: Residue): [string, PropertyWrite] {
    const field = this.#field(name);
    const property = this.#source.properties[name];
    return [property?.id ?? field.property, encodeProperty(field, value, residue[name], this.#timeZone, property)];
  }

  /** Reads the body of a page that was just created: Notion may write the same Markdown in another way. */
  async #readBack(recordId: string, pageId: string): Promise<Body | RecordError> {
    try {
      return await this.#bodies.read(pageId);
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      const message = `${this.#entity.name}: the page of row ${recordId} was created, but reading it back failed: ${error.message}`;
      throw new AmbiguousWriteError(message, { cause: error, committedId: pageId });
    }
  }

  #field(name: string): NotionField {
    const field = this.#fields.get(name);
    if (!field) throw new Error(`${this.#entity.name} has no synced field ${name}`);
    return field;
  }

  #syncKeyProperty(): string {
    return syncKeyProperty(this.#entity, this.#source);
  }
}

/** @throws FinalError when the data source lacks it and the integration may not add it */
export function syncKeyProperty(entity: Entity, source: DataSource): string {
  if (source.syncKey !== null) return source.syncKey;
  throw new FinalError(
    'restricted',
    `${entity.name}: the database has no text property "Sync Key" and the integration may not add it; add it in Notion, or allow the integration to update content`,
  );
}

const syncKeyValue = (recordId: string): PropertyWrite => ({
  type: 'rich_text',
  rich_text: [{ text: { content: recordId } }],
});

const isEmpty = (value: Value): boolean => value === null || [value].flat().length === 0;

/** The record with what was sent in place of what the row has: a page may show only the first people. */
const withFields = (record: RemoteRecord, sent: Fields): RemoteRecord => ({
  ...record,
  fields: { ...record.fields, ...sent },
});

const textOf = (value: Value | undefined): string | null => (typeof value === 'string' ? value : null);

const anyRefused = (refused: Refused): { refused?: Refused } => (Object.keys(refused).length > 0 ? { refused } : {});
