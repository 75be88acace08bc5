import type { DataSource, Property } from './model.ts';

/** The property by its id (encoded or not) or its name. */
export function findProperty(dataSource: Pick<DataSource, 'properties'>, key: string): Property | undefined {
  return (
    dataSource.properties.find((property) => property.id === key || encodeURIComponent(property.id) === key) ??
    dataSource.properties.find((property) => property.name === key)
  );
}

export const titleProperty = (dataSource: DataSource): Property | undefined =>
  dataSource.properties.find((property) => property.config.type === 'title');
