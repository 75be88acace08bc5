import { z } from 'zod';

/** Notion takes 2000 characters in one text of a title, and PostgreSQL no NUL. */
const LONGEST_TITLE = 2_000;
/** What Notion takes in one property: a hundred texts of 2000 characters, and these are in UTF-16. */
const LONGEST_TEXT = 100_000;

const without = (most: number) =>
  z
    .string()
    .max(most, { error: `has more than ${most} characters` })
    .refine((text) => !text.includes('\0'), 'holds a NUL character');

export const titleText = without(LONGEST_TITLE)
  .transform((text) => text.replace(/\s+/g, ' ').trim())
  .pipe(z.string().min(1, 'is empty'));

export const longText = without(LONGEST_TEXT).transform((text) => text.trim());

/** How a record is named: by its title, or by its row's id. */
export const whichRecord = (entity: string) => titleText.describe(`the ${entity}'s title, or its id`);

export const optionText = (field: string, options: readonly string[]) =>
  titleText.describe(`${field}: ${options.join(', ')}, or another that is used already`);

export const rating = z
  .number()
  .min(1, 'is less than 1')
  .max(10, 'is more than 10')
  .optional()
  .describe('from 1 to 10');
