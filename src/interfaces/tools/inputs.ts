import { z } from 'zod';
import { longText, titleText } from '../../operations/fields/texts.ts';

export { longText, titleText };

/** A record, by its title or its row's id. */
export const whichRecord = (entity: string) => titleText.describe(`the ${entity}'s title, or its id`);

export const optionText = (field: string, options: readonly string[]) =>
  titleText.describe(`${field}: ${options.join(', ')}, or another option already in use`);

export const rating = z
  .number()
  .min(1, 'is less than 1')
  .max(10, 'is more than 10')
  .optional()
  .describe('from 1 to 10');
