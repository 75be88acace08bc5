import type { DataSourceObjectResponse, PageObjectResponse } from '@notionhq/client';

/** A page with all related pages and with times that the API rounds down to the minute. */
export interface ExactPage {
  readonly id: string;
  readonly databaseId: string;
  readonly dataSourceId: string;
  readonly title: string;
  readonly trashed: boolean;
  /** ISO 8601 with milliseconds. */
  readonly createdAt: string;
  readonly editedAt: string;
  readonly createdBy: string;
  readonly editedBy: string;
  /** As the API returns it, but with all related pages. */
  readonly page: PageObjectResponse;
}

export interface DatabaseSummary {
  readonly id: string;
  readonly dataSourceId: string;
  readonly title: string;
  readonly trashed: boolean;
  readonly pages: number;
  readonly trashedPages: number;
  readonly properties: DataSourceObjectResponse['properties'];
}

export interface NewDatabaseOptions {
  readonly id?: string;
  readonly dataSourceId?: string;
  readonly title: string;
  /** As in a create request, e.g. `{ Name: { title: {} } }`. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

export interface NewDataSourceOptions {
  readonly dataSourceId?: string;
  readonly title: string;
  /** As in a create request. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Values by property name or id, as in a request or in shorthand: `'Todo'`, `5`, `'2026-03-01'`, `['page id']`, `null`. */
export type PersonValues = Readonly<Record<string, unknown>>;
