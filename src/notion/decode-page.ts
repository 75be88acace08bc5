import type { PageObjectResponse } from '@notionhq/client';
import { computedFields, type Entity, notionFields } from '../entities/define.ts';
import type { BackLinks, RemoteRecord } from '../sync/ports.ts';
import type { Json, Value } from '../sync/types.ts';
import { decodeComputed } from './computed.ts';
import { type DataSource, propertyMissing } from './data-source.ts';
import { mayBeCut } from './page-limits.ts';
import { decodeProperty, type PageProperty } from './properties.ts';

/**
 * What Notion holds and the neutral form cannot say (the end of a date range,
 * colours, mentions), by field name; read anew before a field is written, to be given back.
 */
export type Residue = Readonly<Record<string, Json>>;

/** A page's properties by their ids: a property that was renamed since keeps its own. */
export type PageProperties = ReadonlyMap<string, PageProperty>;

export interface DecodedPage {
  readonly record: RemoteRecord;
  readonly residue: Residue;
}

export interface PageDecoder {
  /** Of the properties that are synced or only read. */
  readonly ownIds: readonly string[];
  /** Of the far ends of two-way relations. */
  readonly farEndIds: readonly string[];
  /** @throws FinalError naming the property that the page lacks, or that has another type */
  decode(page: PageObjectResponse, properties: PageProperties): DecodedPage;
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

/** Puts pages of one data source into the engine's words. */
export function pageDecoder({ entity, source, timeZone, botId }: PageDecoderOptions): PageDecoder {
  const known = ([name]: readonly [string, unknown]) => source.properties[name];
  // A writable property that the data source lacks is missed when it is opened, not page by page.
  const fields = notionFields(entity).flatMap((entry) => {
    const property = known(entry);
    return property ? [{ name: entry[0], field: entry[1], property }] : [];
  });
  const computed = computedFields(entity).map((entry) => ({ name: entry[0], field: entry[1], property: known(entry) }));
  const farEnds = Object.entries(entity.fields).flatMap(([name, field]) => {
    const property = field.kind === 'back_link' ? source.properties[name] : undefined;
    return property ? [{ name, id: property.id }] : [];
  });

  const computedOf = (properties: PageProperties): Pick<RemoteRecord, 'computed'> => {
    if (computed.length === 0) return {};
    const values: Record<string, Value> = {};
    for (const { name, field, property } of computed) {
      const said = property && properties.get(property.id);
      if (!said) throw propertyMissing(entity, name, field);
      values[name] = decodeComputed(field, said, timeZone);
    }
    return { computed: values };
  };

  const backLinksOf = (properties: PageProperties): RemoteRecord['backLinks'] => {
    const found: Record<string, BackLinks> = {};
    for (const { name, id } of farEnds) {
      const property = properties.get(id);
      if (property?.type !== 'relation') continue;
      found[name] = { pageIds: property.relation.map((link) => link.id), complete: !mayBeCut(property) };
    }
    return found;
  };

  const syncKeyOf = (properties: PageProperties): string | null => {
    const key = source.syncKey === null ? undefined : properties.get(source.syncKey);
    if (key?.type !== 'rich_text') return null;
    return (
      key.rich_text
        .map((item) => item.plain_text)
        .join('')
        .trim() || null
    );
  };

  return {
    ownIds: [...fields, ...computed].flatMap(({ property }) => (property ? [property.id] : [])),
    farEndIds: farEnds.map(({ id }) => id),

    decode: (page, properties) => {
      const values: Record<string, Value> = {};
      const residue: Record<string, Json> = {};
      for (const { name, field, property } of fields) {
        const said = properties.get(property.id);
        if (!said) throw propertyMissing(entity, name, field);
        const decoded = decodeProperty(field, said, timeZone, property);
        values[name] = decoded.value;
        if (decoded.residue !== undefined) residue[name] = decoded.residue;
      }
      const record: RemoteRecord = {
        pageId: page.id,
        fields: values,
        ...computedOf(properties),
        trashed: page.in_trash,
        createdAt: new Date(page.created_time),
        editedAt: new Date(page.last_edited_time),
        syncKey: syncKeyOf(properties),
        madeByUs: page.created_by.id === botId,
        editedByUs: page.last_edited_by.id === botId,
        backLinks: backLinksOf(properties),
      };
      return { record, residue };
    },
  };
}
