import { isOn, roleOf } from '../definition/features.ts';
import { entities } from '../definition/index.ts';
import type { Entity } from '../entities/define.ts';
import { requireName } from '../shared/require-named.ts';
import { perWorkspace } from '../shared/workspace.ts';
import type { Direction, SyncKind } from './messages.ts';

/** One sync of a cycle. */
export interface SyncDescription {
  /** For example `system-fixes-notion-to-sql`. */
  readonly name: string;
  readonly kind: SyncKind;
  readonly entity: string;
  readonly direction: Direction;
  /** Syncs of the same phase that have to end first. */
  readonly after: readonly string[];
}

const dashed = (entity: string): string => entity.replaceAll('_', '-');
const toNotion = (entity: string): string => `${dashed(entity)}-sql-to-notion`;

/** A linked row's page is created before the page that links to it. */
function linkedEntities(entity: Entity): string[] {
  const targets = Object.values(entity.fields).flatMap((field) =>
    field.kind === 'relation_one' || field.kind === 'relation_many' ? [field.to] : [],
  );
  return [...new Set(targets)].filter((name) => name !== entity.name);
}

const CALENDAR = 'calendar_events';
const PARA = ['areas-sql-to-notion', 'resources-sql-to-notion'] as const;

const para = (tags: string): readonly SyncDescription[] => [
  { name: PARA[0], kind: 'para', entity: tags, direction: 'outbound', after: [] },
  // Resource tags have area tags as their parents.
  { name: PARA[1], kind: 'para', entity: tags, direction: 'outbound', after: [PARA[0]] },
];
const taskTrigger: SyncDescription = {
  ...{ name: 'calendar-task-trigger', kind: 'trigger', entity: CALENDAR, direction: 'trigger', after: [] },
};

/** In the order of the phases. */
export const syncs = perWorkspace((): readonly SyncDescription[] => {
  const tags = roleOf('tags').entity.name;
  return [
    ...entities().map(
      ({ name }): SyncDescription => ({
        name: `${dashed(name)}-notion-to-sql`,
        kind: 'entity',
        entity: name,
        direction: 'inbound',
        after: [],
      }),
    ),
    {
      name: 'calendar-google-to-sql',
      kind: 'calendar',
      entity: CALENDAR,
      direction: 'inbound',
      // A moved event is compared with the current task.
      after: isOn('task-events') ? [`${dashed(roleOf('tasks').entity.name)}-notion-to-sql`] : [],
    },
    ...entities().map(
      (entity): SyncDescription => ({
        name: toNotion(entity.name),
        kind: 'entity',
        entity: entity.name,
        direction: 'outbound',
        after: [...linkedEntities(entity).map(toNotion), ...(isOn('para') && entity.name === tags ? PARA : [])],
      }),
    ),
    ...(isOn('para') ? para(tags) : []),
    { name: 'calendar-sql-to-google', kind: 'calendar', entity: CALENDAR, direction: 'outbound', after: [] },
    ...(isOn('task-events') ? [taskTrigger] : []),
  ];
});

/** Requires a name by which a sync knows its entity. @throws FinalError `unknown_entity` */
export function requireSyncedEntity(name: string): void {
  requireName('entity', name, [...new Set(syncs().map(({ entity }) => entity))]);
}
