import { isFullPage, type PageObjectResponse } from '@notionhq/client';
import type { ComputedType } from '../../../entities/define.ts';
import type { NotionApi } from '../../../notion/notion-api.ts';

type PageProperty = PageObjectResponse['properties'][string];

/** What the values of some pages show about properties, beyond the schema. */
export interface Samples {
  /** The type of a formula or rollup: text if it varies or if there is no page. */
  computedType(propertyId: string): ComputedType;
  /** How many of the dates have a time. */
  times(propertyId: string): 'none' | 'some' | 'all';
  /** Whether some of the dates have an end. */
  hasEnds(propertyId: string): boolean;
  /** Whether a relation seems to lead to one page at most: several pages share a page, and none has two. */
  isToOne(propertyId: string): boolean;
}

/** Reads up to 100 of a data source's pages. @throws one of the errors of `src/errors.ts` */
export async function readSamples(api: NotionApi, dataSourceId: string): Promise<Samples> {
  const purpose = { entity: 'add-entity', kind: 'read', what: 'sample pages' } as const;
  const { results } = await api.call(purpose, (client) =>
    client.dataSources.query({ data_source_id: dataSourceId, page_size: 100 }),
  );
  return toSamples(results.flatMap((page) => (page.object === 'page' && isFullPage(page) ? [page.properties] : [])));
}

export function toSamples(pages: readonly PageObjectResponse['properties'][]): Samples {
  const valuesOf = (id: string): PageProperty[] =>
    pages.flatMap((properties) => Object.values(properties).filter((property) => property.id === id));
  const datesOf = (id: string) =>
    valuesOf(id).flatMap((property) => (property.type === 'date' && property.date ? [property.date] : []));
  return {
    computedType: (id) => {
      const types = new Set(valuesOf(id).map(typeOfValue));
      const [type = 'text', another] = types;
      // A date that sometimes has a time is stored as a timestamp.
      return another === undefined ? type : [...types].every(isTime) ? 'timestamp' : 'text';
    },
    times: (id) => {
      const dates = datesOf(id);
      const timed = dates.filter(({ start }) => hasTime(start)).length;
      if (timed === 0) return 'none';
      return timed === dates.length ? 'all' : 'some';
    },
    hasEnds: (id) => datesOf(id).some(({ end }) => end !== null),
    isToOne: (id) => {
      const links = valuesOf(id).map((property) => (property.type === 'relation' ? property.relation : []));
      const targets = links.flat().map((link) => link.id);
      return links.every(({ length }) => length <= 1) && new Set(targets).size < targets.length;
    },
  };
}

function typeOfValue(property: PageProperty): ComputedType {
  const value = property.type === 'formula' ? property.formula : property.type === 'rollup' ? property.rollup : null;
  if (value?.type === 'number' || value?.type === 'boolean') return value.type;
  if (value?.type !== 'date') return 'text';
  return value.date && !hasTime(value.date.start) ? 'date' : 'timestamp';
}

const isTime = (type: ComputedType): boolean => type === 'date' || type === 'timestamp';

const hasTime = (start: string): boolean => start.includes('T');
