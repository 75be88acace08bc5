import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Makes one hint of all pages of an entity that come within a moment: a workflow
 * is not made for many signals. Who waits learns how that one went.
 */
export function batchPages(
  give: (entity: string, pageIds: readonly string[]) => Promise<void>,
  withinMs: number,
): (entity: string, pageId: string) => Promise<void> {
  const gathering = new Map<string, { readonly pageIds: Set<string>; readonly given: Promise<void> }>();
  return (entity, pageId) => {
    const open = gathering.get(entity);
    if (open) {
      open.pageIds.add(pageId);
      return open.given;
    }
    const pageIds = new Set([pageId]);
    const given = sleep(withinMs).then(() => {
      gathering.delete(entity);
      return give(entity, [...pageIds]);
    });
    gathering.set(entity, { pageIds, given });
    return given;
  };
}
