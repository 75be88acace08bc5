declare const brand: unique symbol;

/** Stands in for the remote id of a row that has no page or event yet. */
export type TemporaryId = string & { readonly [brand]: 'TemporaryId' };

/** For SQL text. TypeScript code uses `toTemporaryId` and `isTemporaryId`. */
export const TEMPORARY_ID_PREFIX = 'sql:';

/** @param name unique in its table: the row's id, or the name that its writer chose */
export const toTemporaryId = (name: string): TemporaryId =>
  // The only place that makes the brand.
  `${TEMPORARY_ID_PREFIX}${name}` as TemporaryId;

export const isTemporaryId = (remoteId: string): remoteId is TemporaryId => remoteId.startsWith(TEMPORARY_ID_PREFIX);
