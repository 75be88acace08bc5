import { personalCalendar, workCalendar } from '../entities/calendars.ts';
import type { Entity } from '../entities/define.ts';
import { requireName } from '../shared/require-named.ts';
import { perWorkspace } from '../shared/workspace.ts';
import { entities } from './index.ts';

/** History and conflicts call both calendars by the table that they share. */
export const nameOf = ({ name, table, remote }: Entity): string => (remote ? table : name);

/** All that is synced, the two calendars included. */
export const allEntities = perWorkspace((): readonly Entity[] => [...entities(), personalCalendar, workCalendar]);

/** The names that history and conflicts have. */
export const commonNames = (): readonly string[] => [...new Set(allEntities().map(nameOf))];

/** As `entitiesNamed`, at least one. @throws FinalError `unknown_entity` */
export const requireEntitiesNamed = (name: string): readonly Entity[] =>
  entitiesNamed(requireName('entity', name, commonNames()));

/** What is called so: one entity, the two calendars, or nothing. */
export const entitiesNamed = (name: string): readonly Entity[] =>
  allEntities().filter((entity) => nameOf(entity) === name);

/** The name that history and conflicts have for an entity of the outbox. */
export const commonName = (entityName: string): string => {
  const found = allEntities().find(({ name }) => name === entityName);
  return found ? nameOf(found) : entityName;
};
