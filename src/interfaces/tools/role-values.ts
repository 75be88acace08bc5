import { optionIn, optionsIn, toColumns } from '../../definition/role-fields.ts';
import type { RoleEntity, RoleField, RoleName } from '../../definition/roles.ts';
import { FinalError } from '../../errors.ts';
import { optionNamed } from '../../operations/fields/option-named.ts';
import { optionText } from './inputs.ts';
import type { Reading } from './tool.ts';
import type { Values } from './write-row.ts';

/**
 * Values by column, of those by field of the role.
 * @throws FinalError when a value is given for a field that the entity lacks
 */
export function roleValues<R extends RoleName>(
  found: RoleEntity<R>,
  values: Readonly<Partial<Record<RoleField<R>, Values[string]>>>,
): Values {
  const names: Readonly<Record<string, string | undefined>> = found.fields;
  for (const [field, value] of Object.entries(values)) {
    if (value !== undefined && names[field] === undefined)
      throw new FinalError(
        'invalid_input',
        `${found.entity.name} has no field for ${field} of the role "${found.role}"`,
      );
  }
  return toColumns(found, values) as Values; // they are the given values
}

/** An input for an option of a field of the role. */
export const optionOf = <R extends RoleName>(found: RoleEntity<R>, field: RoleField<R>, name = String(field)) =>
  optionText(name, optionsIn(found, field));

/**
 * The option that an input means, in the words of the role or of the entity; the input itself where the entity lacks the field.
 * @throws FinalError when there is no such option
 */
export async function roleOption<R extends RoleName>(
  reading: Reading,
  found: RoleEntity<R>,
  field: RoleField<R>,
  wanted: string | undefined,
): Promise<string | undefined> {
  const names: Readonly<Record<string, string | undefined>> = found.fields;
  const column = names[String(field)];
  if (column === undefined || wanted === undefined) return wanted;
  return optionNamed(reading, found.entity, column, optionIn(found, field, wanted) ?? wanted);
}
