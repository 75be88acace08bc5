import { isDeepStrictEqual } from 'node:util';
import { isFullPage, type PageObjectResponse, type QueryDataSourceResponse } from '@notionhq/client';
import { bodyField } from '../entities/define.ts';
import { RecordError } from '../errors.ts';
import { omit } from '../sync/fields.ts';
import type { RemoteRecord } from '../sync/ports.ts';
import type { Fields } from '../sync/types.ts';
import { MAX_LOOK_AGE_MS, OutdatedLookError } from './notion-api.ts';
import type { Body, PageBodies } from './page-bodies.ts';
import {
  type DecodedPage,
  PageDecoder,
  type PageDecoderOptions,
  propertiesById,
  type Residue,
} from './page-decoder.ts';
import { mayBeCut } from './page-limits.ts';
import type { PageRequests } from './page-requests.ts';

/** A page as it was read by itself. */
export interface ReadPage {
  readonly page: PageObjectResponse;
  readonly record: RemoteRecord;
  readonly residue: Residue;
  /** When its properties were read, by `PageRequests.elapsedMs`. */
  readonly lookedAt: number;
  /** Null when it was not read; a `RecordError` when it cannot be read. */
  readonly body: Body | RecordError | null;
}

/** Reads the pages of one data source as records of the engine. */
export class PageReader {
  readonly #requests: PageRequests;
  readonly #bodies: PageBodies;
  readonly #decoder: PageDecoder;
  readonly #bodyName: string | undefined;

  constructor(requests: PageRequests, bodies: PageBodies, options: PageDecoderOptions) {
    this.#requests = requests;
    this.#bodies = bodies;
    this.#decoder = new PageDecoder(options);
    this.#bodyName = bodyField(options.entity);
  }

  /**
   * The page as it is now; null when it is not found or no longer shared. The body of a trashed page cannot be read.
   * @param farEnds also complete the far ends of two-way relations
   * @param isRecent look again where the answers took long, so that the page can be written
   * @throws OutdatedLookError with `isRecent`, when the page was edited while it was read
   */
  async read(pageId: string, { farEnds = false, withBody = true, isRecent = false } = {}): Promise<ReadPage | null> {
    const page = await this.#requests.retrieve(pageId);
    if (!page) return null;
    const firstLookedAt = this.#requests.elapsedMs;
    const decoded = await this.#decodeWhole(page, farEnds);
    if (!decoded) return null;
    const { record, residue } = decoded;
    const hasBody = withBody && this.#bodyName !== undefined && !page.in_trash;
    const body = hasBody ? await this.#bodies.read(pageId) : null;
    const lookedAt = isRecent ? await this.#lookAgain(page, firstLookedAt) : firstLookedAt;
    return { page, residue, lookedAt, body, record: this.#withBody(record, body) };
  }

  /** All items of a long relation take many requests. Reads the page again, to tell whether it is still as it was. @returns when */
  async #lookAgain(page: PageObjectResponse, lookedAt: number): Promise<number> {
    if (this.#requests.elapsedMs - lookedAt <= MAX_LOOK_AGE_MS) return lookedAt;
    const again = await this.#requests.retrieve(page.id);
    const contentOf = (read: PageObjectResponse) => this.#decoder.decode(read, propertiesById(read)).record;
    if (!again || !isDeepStrictEqual(contentOf(again), contentOf(page))) throw new OutdatedLookError(`page ${page.id}`);
    return this.#requests.elapsedMs;
  }

  async readBody(record: RemoteRecord): Promise<RemoteRecord> {
    return this.#withBody(record, await this.#bodies.read(record.remoteId));
  }

  /** The records of a query's answer, without their bodies. */
  async toRecords(response: QueryDataSourceResponse, { farEnds = false } = {}): Promise<RemoteRecord[]> {
    const records: RemoteRecord[] = [];
    for (const page of response.results) {
      if (page.object !== 'page' || !isFullPage(page)) continue;
      const decoded = await this.#decodeWhole(page, farEnds);
      // Deleted or no longer shared since it was listed: the sweep reports it.
      if (!decoded) continue;
      const { record } = decoded;
      records.push(this.#withBody(record, null));
    }
    return records;
  }

  /** The record of a page that was just written. Items that the page object leaves out were not changed by the write. */
  toRecord(page: PageObjectResponse, body: Body | RecordError | null): RemoteRecord {
    return this.#withBody(this.#decoder.decode(page, propertiesById(page)).record, body);
  }

  /** The same for a page that was not read before the write: without the fields that its object may have cut. */
  toUnreadRecord(page: PageObjectResponse, written: Fields): RemoteRecord {
    const cut = this.#decoder.cutFields(propertiesById(page)).filter((name) => !(name in written));
    const record = this.toRecord(page, null);
    return { ...record, fields: omit(record.fields, cut) };
  }

  /**
   * Decodes a page with all items of its own properties: a page object may hold only the first
   * (of relations and of mentions, 25).
   * @param farEnds of two-way relations too; a full scan reads those from the pages that hold the relation
   * @returns null when the page is not found any more
   */
  async #decodeWhole(page: PageObjectResponse, farEnds: boolean): Promise<DecodedPage | null> {
    const properties = propertiesById(page);
    const { ownIds, farEndIds } = this.#decoder;
    for (const id of farEnds ? [...ownIds, ...farEndIds] : ownIds) {
      const property = properties.get(id);
      if (property && mayBeCut(property)) {
        const whole = await this.#requests.retrieveProperty(page.id, property);
        if (!whole) return null;
        properties.set(id, whole);
      }
    }
    return this.#decoder.decode(page, properties);
  }

  #withBody(record: RemoteRecord, body: Body | RecordError | null): RemoteRecord {
    if (this.#bodyName === undefined) return record;
    if (body === null) return { ...record, bodyReadAt: null };
    if (body instanceof RecordError) return { ...record, bodyReadAt: null, bodyError: body };
    return { ...record, fields: { ...record.fields, [this.#bodyName]: body.text }, bodyReadAt: body.readAt };
  }
}
