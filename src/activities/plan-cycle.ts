import { ApplicationFailure } from '@temporalio/activity';
import type { Entity } from '../entities/define.ts';
import { entities } from '../entities/index.ts';
import { syncName } from '../sync-names.ts';
import type { CyclePlan, CycleRequest, Direction, PlannedSync } from '../workflows/types.ts';

/** Which syncs a cycle runs, and in which order where one needs another. */
export const planCycle =
  () =>
  async (request: CycleRequest): Promise<CyclePlan> => {
    refuseUnknown(request);
    const plan = (direction: Direction): PlannedSync[] =>
      entities
        .filter((entity) => wants(request, direction, entity))
        .map((entity) => ({
          name: syncName(entity.name, direction),
          entity: entity.name,
          after: direction === 'outbound' ? linkedEntities(entity).map((name) => syncName(name, direction)) : [],
        }));
    return { inbound: plan('inbound'), outbound: plan('outbound') };
  };

function wants({ names, directions, entities: only }: CycleRequest, direction: Direction, entity: Entity): boolean {
  return (
    (!directions || directions.includes(direction)) &&
    (!only || only.includes(entity.name)) &&
    (!names || names.includes(syncName(entity.name, direction)))
  );
}

/** A referenced row's page is made before the page that points at it. */
function linkedEntities(entity: Entity): string[] {
  const targets = Object.values(entity.fields).flatMap((field) =>
    field.kind === 'relation_one' || field.kind === 'relation_many' ? [field.to] : [],
  );
  return [...new Set(targets)].filter((name) => name !== entity.name);
}

function refuseUnknown({ names = [], entities: only = [] }: CycleRequest): void {
  const syncs = entities.flatMap(({ name }) => [syncName(name, 'inbound'), syncName(name, 'outbound')]);
  const unknownName = names.find((name) => !syncs.includes(name));
  if (unknownName !== undefined) {
    throw ApplicationFailure.nonRetryable(
      `there is no sync named ${unknownName}; there are: ${syncs.join(', ')}`,
      'unknown_sync',
    );
  }
  const unknownEntity = only.find((name) => !entities.some((entity) => entity.name === name));
  if (unknownEntity !== undefined) {
    throw ApplicationFailure.nonRetryable(
      `there is no entity named ${unknownEntity}; there are: ${entities.map(({ name }) => name).join(', ')}`,
      'unknown_entity',
    );
  }
}
