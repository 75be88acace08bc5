import type { PageObjectResponse } from '@notionhq/client';
import { type ComputedField, computedFields, type Entity, type NotionField, notionFields } from '../entities/define.ts';
import type { BackLinks, RemoteRecord } from '../sync/ports.ts';
import type { Json, Value } from '../sync/types.ts';
import { type DataSource, propertyMissing } from './data-source.ts';
import { decodeComputed } from './decode-computed.ts';
import { mayBeCut } from './page-limits.ts';
import { decodeProperty, type PageProperty } from './properties.ts';
import type { KnownProperty } from './schema.ts';

/**
 * What a property holds beyond its neutral value (the end of a date range, colours, mentions), by field name.
 * It is read again before a field is written, and written back with it.
 */
export type Residue = Readonly<Record<string, Json>>;

/** A page's properties by their ids, which a rename does not change. */
export type PageProperties = ReadonlyMap<string, PageProperty>;

export interface DecodedPage {
  readonly record: RemoteRecord;
  readonly residue: Residue;
}

export const propertiesById = (page: PageObjectResponse): Map<string, PageProperty> =>
  new Map(Object.values(page.properties).map((property) => [property.id, property]));

export interface PageDecoderOptions {
  readonly entity: Entity;
  readonly source: DataSource;
  readonly timeZone: string;
  /** The integration's own user id. */
  readonly botId: string;
}

interface Mapped<F> {
  readonly name: string;
  readonly field: F;
  readonly property: KnownProperty;
}

/** Decodes pages of one data source into records of the engine. */
export class PageDecoder {
  /** Ids of the properties that are synced or only read. */
  readonly ownIds: readonly string[];
  /** Ids of the far ends of two-way relations. */
  readonly farEndIds: readonly string[];
  readonly #options: PageDecoderOptions;
  readonly #fields: readonly Mapped<NotionField>[];
  readonly #computed: readonly (Omit<Mapped<ComputedField>, 'property'> & { readonly property?: KnownProperty })[];
  readonly #farEnds: readonly { readonly name: string; readonly id: string }[];

  constructor(options: PageDecoderOptions) {
    const { entity, source } = options;
    const propertyOf = (name: string): { property?: KnownProperty } => {
      const property = source.properties[name];
      return property ? { property } : {};
    };
    this.#options = options;
    // A writable property that the data source lacks is reported when the data source is opened, not for each page.
    this.#fields = notionFields(entity).flatMap(([name, field]) => {
      const { property } = propertyOf(name);
      return property ? [{ name, field, property }] : [];
    });
    this.#computed = computedFields(entity).map(([name, field]) => ({ name, field, ...propertyOf(name) }));
    this.#farEnds = Object.entries(entity.fields).flatMap(([name, field]) => {
      const { property } = field.kind === 'back_link' ? propertyOf(name) : {};
      return property ? [{ name, id: property.id }] : [];
    });
    this.ownIds = [...this.#fields, ...this.#computed].flatMap(({ property }) => (property ? [property.id] : []));
    this.farEndIds = this.#farEnds.map(({ id }) => id);
  }

  /** @throws FinalError naming the property that the page lacks, or that has another type */
  decode(page: PageObjectResponse, properties: PageProperties): DecodedPage {
    const { entity, timeZone, botId } = this.#options;
    const fields: Record<string, Value> = {};
    const residue: Record<string, Json> = {};
    for (const { name, field, property } of this.#fields) {
      const held = properties.get(property.id);
      if (!held) throw propertyMissing(entity, name, field);
      const decoded = decodeProperty(field, held, timeZone, property);
      fields[name] = decoded.value;
      if (decoded.residue !== undefined) residue[name] = decoded.residue;
    }
    const record: RemoteRecord = {
      remoteId: page.id,
      fields,
      ...this.#decodeComputed(properties),
      trashed: page.in_trash,
      createdAt: new Date(page.created_time),
      editedAt: new Date(page.last_edited_time),
      syncKey: this.#syncKeyIn(properties),
      createdByUs: page.created_by.id === botId,
      editedByUs: page.last_edited_by.id === botId,
      backLinks: this.#backLinksIn(properties),
      unexpressed: Object.keys(residue),
    };
    return { record, residue };
  }

  /** The fields of which a page object may contain only the first items. */
  cutFields(properties: PageProperties): readonly string[] {
    return this.#fields.flatMap(({ name, property }) => {
      const held = properties.get(property.id);
      return held && mayBeCut(held) ? [name] : [];
    });
  }

  #decodeComputed(properties: PageProperties): Pick<RemoteRecord, 'computed'> {
    const { entity, timeZone } = this.#options;
    if (this.#computed.length === 0) return {};
    const computed: Record<string, Value> = {};
    for (const { name, field, property } of this.#computed) {
      const held = property && properties.get(property.id);
      if (!held) throw propertyMissing(entity, name, field);
      computed[name] = decodeComputed(field, held, timeZone);
    }
    return { computed };
  }

  #backLinksIn(properties: PageProperties): RemoteRecord['backLinks'] {
    const backLinks: Record<string, BackLinks> = {};
    for (const { name, id } of this.#farEnds) {
      const property = properties.get(id);
      if (property?.type !== 'relation') continue;
      backLinks[name] = { remoteIds: property.relation.map((link) => link.id), complete: !mayBeCut(property) };
    }
    return backLinks;
  }

  #syncKeyIn(properties: PageProperties): string | null {
    const { syncKey } = this.#options.source;
    const property = syncKey === null ? undefined : properties.get(syncKey);
    if (property?.type !== 'rich_text') return null;
    const text = property.rich_text.map((item) => item.plain_text).join('');
    return text.trim() || null;
  }
}
