import type { Entity } from '../entities/define.ts';
import { entities } from '../entities/index.ts';
import type { Direction, SyncKind } from './types.ts';

/** One of the syncs that a cycle consists of. */
export interface SyncDescription {
  /** The contract's name, e.g. `system-fixes-notion-to-sql`. */
  readonly name: string;
  readonly kind: SyncKind;
  readonly entity: string;
  readonly direction: Direction;
  /** Syncs of the same phase whose end it waits for. */
  readonly after: readonly string[];
}

const dashed = (entity: string): string => entity.replaceAll('_', '-');
const toNotion = (entity: string): string => `${dashed(entity)}-sql-to-notion`;

/** A referenced row's page is made before the page that points at it. */
function linkedEntities(entity: Entity): string[] {
  const targets = Object.values(entity.fields).flatMap((field) =>
    field.kind === 'relation_one' || field.kind === 'relation_many' ? [field.to] : [],
  );
  return [...new Set(targets)].filter((name) => name !== entity.name);
}

const CALENDAR = 'calendar_events';
const PARA = ['areas-sql-to-notion', 'resources-sql-to-notion'] as const;

/** All of them, phase by phase: 25 with ten entities. */
export const syncs: readonly SyncDescription[] = [
  ...entities.map(
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
    // An event that was moved is weighed against the task as it is now.
    after: ['tasks-notion-to-sql'],
  },
  ...entities.map(
    (entity): SyncDescription => ({
      name: toNotion(entity.name),
      kind: 'entity',
      entity: entity.name,
      direction: 'outbound',
      after: [...linkedEntities(entity).map(toNotion), ...(entity.name === 'tags' ? PARA : [])],
    }),
  ),
  { name: PARA[0], kind: 'para', entity: 'tags', direction: 'outbound', after: [] },
  // An area's resources need its tag.
  { name: PARA[1], kind: 'para', entity: 'tags', direction: 'outbound', after: [PARA[0]] },
  { name: 'calendar-sql-to-google', kind: 'calendar', entity: CALENDAR, direction: 'outbound', after: [] },
  { name: 'calendar-task-trigger', kind: 'trigger', entity: CALENDAR, direction: 'trigger', after: [] },
];
