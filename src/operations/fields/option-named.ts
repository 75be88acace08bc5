import type { Database } from '../../database/client.ts';
import { quote } from '../../database/entity-sql.ts';
import type { Entity } from '../../entities/define.ts';
import { closestOption } from '../../entities/option-names.ts';
import { FinalError } from '../../errors.ts';

/** The options that a select field declares, without its archived status. */
export function optionsOf(entity: Entity, name: string): readonly string[] {
  const field = entity.fields[name];
  return field?.kind === 'select' ? field.options : [];
}

/**
 * Finds an option by its name, ignoring case. An option added in Notion is known from the rows that have it.
 * @throws FinalError when there is no such option
 */
export async function optionNamed(
  database: Pick<Database, 'query'>,
  entity: Entity,
  name: string,
  wanted: string | undefined,
): Promise<string | undefined> {
  if (wanted === undefined) return undefined;
  const declared = optionsOf(entity, name);
  if (declared.includes(wanted)) return wanted;
  const used = await database.query<{ option: string }>(
    `SELECT DISTINCT ${quote(name)} AS option FROM ${quote(entity.table)}
      WHERE ${quote(name)} IS NOT NULL AND ${quote(name)} IS DISTINCT FROM $1`,
    [name === 'status' ? (entity.archivedStatus ?? null) : null],
  );
  const others = used.map(({ option }) => option).filter((option) => !declared.includes(option));
  const found = closestOption([...declared, ...others], wanted);
  if (found) return found;
  const known = [...declared, ...others].join(', ');
  throw new FinalError('unknown_option', `${entity.name} has no ${name} "${wanted}": use one of ${known}`);
}
