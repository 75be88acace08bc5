import { z } from 'zod';

/**
 * The same input for clients that send null or "" for what is not given, and numbers as text. Its JSON schema does not
 * change.
 */
export function lenientInput(input: z.ZodObject): z.ZodObject {
  const fields = Object.entries(input.shape).map(([name, field]) => [name, lenientField(field)]);
  return z.strictObject(Object.fromEntries(fields));
}

function lenientField(field: z.core.$ZodType): z.core.$ZodType {
  const isRequired = field._zod.optin === undefined;
  const isNumber = typeOf(field) === 'number';
  if (isRequired && !isNumber) return field;
  const read = z.preprocess((value) => {
    if (!isRequired && (value === null || value === '')) return undefined;
    return isNumber && typeof value === 'string' && /^\s*-?\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : value;
  }, field);
  return isRequired ? read : read.optional();
}

/** The type inside of what makes a field optional. */
function typeOf(field: z.core.$ZodType): string {
  const { def } = field._zod;
  return 'innerType' in def && def.innerType instanceof z.ZodType ? typeOf(def.innerType) : def.type;
}
