import { isFullPage, type PageObjectResponse } from '@notionhq/client';
import type { ComputedType } from '../../../entities/define.ts';
import type { NotionApi } from '../../../notion/api.ts';

type PageProperty = PageObjectResponse['properties'][string];

/** What pages show of a property that the schema does not say. */
export interface Samples {
  /** What a formula or rollup gives: text where that differs, or where there is no page. */
  computedType(propertyId: string): ComputedType;
  /** Which of the dates have a time of day. */
  times(propertyId: string): 'none' | 'some' | 'all';
}

/** Reads up to 100 of a data source's pages. @throws one of the errors of `src/errors.ts` */
export async function readSamples(api: NotionApi, dataSourceId: string): Promise<Samples> {
  const purpose = { entity: 'add-entity', kind: 'read', what: 'a few pages' } as const;
  const { results } = await api.call(purpose, (client) =>
    client.dataSources.query({ data_source_id: dataSourceId, page_size: 100 }),
  );
  return samplesOf(results.flatMap((page) => (page.object === 'page' && isFullPage(page) ? [page.properties] : [])));
}

export function samplesOf(pages: readonly PageObjectResponse['properties'][]): Samples {
  const valuesOf = (id: string): PageProperty[] =>
    pages.flatMap((properties) => Object.values(properties).filter((property) => property.id === id));
  return {
    computedType: (id) => {
      const types = new Set(valuesOf(id).map(typeGiven));
      const [type = 'text', another] = types;
      // A date that may have a time is kept as the moment that it starts.
      return another === undefined ? type : [...types].every(isTime) ? 'timestamp' : 'text';
    },
    times: (id) => {
      const dates = valuesOf(id).flatMap((property) =>
        property.type === 'date' && property.date ? [property.date] : [],
      );
      const timed = dates.filter(({ start }) => hasTime(start)).length;
      if (timed === 0) return 'none';
      return timed === dates.length ? 'all' : 'some';
    },
  };
}

function typeGiven(property: PageProperty): ComputedType {
  const held = property.type === 'formula' ? property.formula : property.type === 'rollup' ? property.rollup : null;
  if (held?.type === 'number' || held?.type === 'boolean') return held.type;
  if (held?.type !== 'date') return 'text';
  return held.date && !hasTime(held.date.start) ? 'date' : 'timestamp';
}

const isTime = (type: ComputedType): boolean => type === 'date' || type === 'timestamp';

const hasTime = (start: string): boolean => start.includes('T');
