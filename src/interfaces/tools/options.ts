import { quote } from '../../database/entity-sql.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import type { Reading } from './tool.ts';

/** The options that a select field declares, and its status for «archived» not among them. */
export function optionsOf(entity: Entity, name: string): readonly string[] {
  const field = entity.fields[name];
  return field?.kind === 'select' ? field.options : [];
}

/**
 * The option as it is written, however its case is given. One that was added in Notion is known by the rows that have it.
 * @throws FinalError when there is none of that name
 */
export async function optionNamed(
  reading: Reading,
  entity: Entity,
  name: string,
  said: string | undefined,
): Promise<string | undefined> {
  if (said === undefined) return undefined;
  const isMeant = (option: string): boolean => option.toLowerCase() === said.toLowerCase();
  const declared = optionsOf(entity, name);
  const found = declared.find(isMeant);
  if (found) return found;
  const used = await reading.query<{ option: string }>(
    `SELECT DISTINCT ${quote(name)} AS option FROM ${quote(entity.table)}
      WHERE ${quote(name)} IS NOT NULL AND ${quote(name)} IS DISTINCT FROM $1`,
    [name === 'status' ? (entity.archivedStatus ?? null) : null],
  );
  const others = used.map(({ option }) => option).filter((option) => !declared.includes(option));
  const other = others.find(isMeant);
  if (other) return other;
  const known = [...declared, ...others].join(', ');
  throw new FinalError('unknown_option', `the ${name} of ${entity.name} is one of ${known}; not «${said}»`);
}
