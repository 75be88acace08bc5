/** Notion accepts 2,000 characters in one text of a title; a row of SQL may hold many megabytes. */
const MAX_LENGTH = 2_000;

/** A title or another short text in a statement: PostgreSQL cuts it, so that a long one is not read whole. */
export const clippedText = (expression: string): string => `left(${expression}, ${MAX_LENGTH})`;
