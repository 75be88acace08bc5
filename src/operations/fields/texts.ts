import { z } from 'zod';

/** Notion accepts 2000 characters in one text of a title. */
const MAX_TITLE_LENGTH = 2_000;
/** Below Notion's limit for one property: 100 texts of 2000 characters. */
const MAX_TEXT_LENGTH = 100_000;

/** PostgreSQL stores no NUL character. */
const textUpTo = (max: number) =>
  z
    .string()
    .max(max, { error: `has more than ${max} characters` })
    .refine((text) => !text.includes('\0'), 'contains a NUL character');

export const titleText = textUpTo(MAX_TITLE_LENGTH)
  .transform((text) => text.replace(/\s+/g, ' ').trim())
  .pipe(z.string().min(1, 'is empty'));

export const longText = textUpTo(MAX_TEXT_LENGTH).transform((text) => text.trim());
