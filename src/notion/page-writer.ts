import type { PageObjectResponse } from '@notionhq/client';
import { bodyField, type Entity, type NotionField, notionFields } from '../entities/define.ts';
import { AmbiguousWriteError, FinalError, LockstepError, RecordError } from '../errors.ts';
import type { Refused, RemoteChange, RemoteRecord, UpdateResult } from '../sync/ports.ts';
import type { Fields, Value } from '../sync/types.ts';
import { toNewBody } from './body.ts';
import type { DataSource } from './data-source.ts';
import type { Body, PageBodies } from './page-bodies.ts';
import type { Residue } from './page-decoder.ts';
import type { PageReader, ReadPage } from './page-reader.ts';
import type { NewPage, PageRequests } from './page-requests.ts';
import { encodeProperty, type PropertyWrite } from './properties.ts';
import { checkRequestSize } from './request-size.ts';

interface PageWriterParts {
  readonly requests: PageRequests;
  readonly reader: PageReader;
  readonly bodies: PageBodies;
}

interface PageWriterOptions {
  readonly entity: Entity;
  readonly source: DataSource;
  readonly timeZone: string;
}

/** Creates and updates the pages of one data source. */
export class PageWriter {
  readonly #requests: PageRequests;
  readonly #reader: PageReader;
  readonly #bodies: PageBodies;
  readonly #entity: Entity;
  readonly #source: DataSource;
  readonly #timeZone: string;
  readonly #fields: ReadonlyMap<string, NotionField>;
  readonly #bodyName: string | undefined;

  constructor({ requests, reader, bodies }: PageWriterParts, { entity, source, timeZone }: PageWriterOptions) {
    this.#requests = requests;
    this.#reader = reader;
    this.#bodies = bodies;
    this.#entity = entity;
    this.#source = source;
    this.#timeZone = timeZone;
    this.#fields = new Map(notionFields(entity));
    this.#bodyName = bodyField(entity);
  }

  /** Creates the page of a row. The row's id is its `Sync Key`. */
  async create(recordId: string, fields: Fields): Promise<RemoteRecord> {
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
    const readAt = this.#requests.time;
    const page = await this.#requests.create(request, `the page of row ${recordId}`, { ofRecord });
    const body = markdown === null ? { raw: '', text: null, readAt } : await this.#readBack(recordId, page.id);
    return this.#reader.toRecord(page, body);
  }

  /** Updates a page unless it has changed. Notion has no conditional write, so an edit can slip in after the check. */
  async update(
    pageId: string,
    change: RemoteChange,
    isExpected: (record: RemoteRecord) => boolean,
  ): Promise<UpdateResult> {
    const writesBody = this.#bodyName !== undefined && change.fields?.[this.#bodyName] !== undefined;
    // Where the body is not written it need not be read: an edit of it comes with the next listing.
    const current = await this.#reader.read(pageId, { withBody: writesBody });
    if (!current) return { kind: 'gone' };
    if (!isExpected(current.record)) return { kind: 'changed', record: current.record };
    // Notion accepts no other change of a page in the trash.
    const isRestored = change.trashed === false && current.record.trashed;
    if (!isRestored) return this.#write(current, change, false);
    await this.#requests.update(pageId, { in_trash: false });
    return this.#writeRestored(current, change, writesBody ? isExpected : null);
  }

  /**
   * Writes the fields of a page that was just restored. Where a person moves it to the trash again meanwhile, the
   * result is the trashed page, with the fields that it did not take.
   * @param isExpected checks the body, which can be read only now; null if it is not written
   */
  async #writeRestored(
    before: ReadPage,
    change: RemoteChange,
    isExpected: ((record: RemoteRecord) => boolean) | null,
  ): Promise<UpdateResult> {
    const pageId = before.page.id;
    try {
      const current = isExpected ? await this.#reader.read(pageId) : before;
      if (!current) return { kind: 'gone' };
      if (isExpected && current.record.trashed) throw this.#trashedAgain(pageId);
      // Edits of the body from before the page was trashed.
      if (isExpected && !isExpected({ ...current.record, trashed: true })) {
        return { kind: 'changed', record: current.record };
      }
      return await this.#write(current, change, true);
    } catch (error) {
      if (!(error instanceof RecordError && error.code === 'page_trashed')) throw error;
      const current = await this.#reader.read(pageId);
      if (!current) return { kind: 'gone' };
      if (!current.record.trashed) throw error;
      const refused = Object.keys(change.fields ?? {}).map((name) => [name, this.#trashedAgain(pageId)]);
      return { kind: 'updated', record: current.record, ...anyRefused(Object.fromEntries(refused)) };
    }
  }

  #trashedAgain(pageId: string): RecordError {
    return new RecordError(
      'page_trashed',
      `${this.#entity.name}: page ${pageId} was moved to Notion's trash again while it was restored`,
    );
  }

  async #write(current: ReadPage, change: RemoteChange, isRestored: boolean): Promise<UpdateResult> {
    const { page, residue } = current;
    const { [this.#bodyName ?? '']: wantedBody, ...fields } = change.fields ?? {};
    const { properties, refused } = this.#encodeEach(fields, residue);
    // The body is written first: the last answer about the page says when it was edited.
    let { body } = current;
    if (wantedBody !== undefined && body && !(body instanceof RecordError)) {
      body = await this.#bodies.write(page.id, body, textOf(wantedBody));
    }
    if (wantedBody !== undefined && this.#bodyName !== undefined && body instanceof RecordError) {
      refused[this.#bodyName] = body;
    }
    const written = await this.#writeProperties(page, properties, change, isRestored);
    if (!written) return { kind: 'gone' };
    return { kind: 'updated', record: this.#reader.toRecord(written, body), ...anyRefused(refused) };
  }

  /** @returns the page after the update, null when it is gone */
  async #writeProperties(
    page: PageObjectResponse,
    encoded: Record<string, PropertyWrite>,
    { syncKey, trashed }: RemoteChange,
    isRestored: boolean,
  ): Promise<PageObjectResponse | null> {
    const properties = {
      ...encoded,
      ...(syncKey === undefined ? {} : { [this.#syncKeyProperty()]: syncKeyValue(syncKey) }),
    };
    const update = {
      ...(Object.keys(properties).length > 0 ? { properties } : {}),
      ...(trashed === true ? { in_trash: true } : {}),
    };
    if (Object.keys(update).length > 0) return this.#requests.update(page.id, update);
    return isRestored ? this.#requests.retrieve(page.id) : page;
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

const textOf = (value: Value | undefined): string | null => (typeof value === 'string' ? value : null);

const anyRefused = (refused: Refused): { refused?: Refused } => (Object.keys(refused).length > 0 ? { refused } : {});
