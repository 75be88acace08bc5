import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Combines all pages of an entity that arrive within `withinMs` into one hint: a workflow handles few signals well.
 * Each caller gets the result of that hint.
 */
export function batchPages(
  give: (entity: string, pageIds: readonly string[]) => Promise<void>,
  withinMs: number,
): (entity: string, pageId: string) => Promise<void> {
  const batches = new Map<string, { readonly pageIds: Set<string>; readonly given: Promise<void> }>();
  return (entity, pageId) => {
    const open = batches.get(entity);
    if (open) {
      open.pageIds.add(pageId);
      return open.given;
    }
    const pageIds = new Set([pageId]);
    const given = sleep(withinMs).then(() => {
      batches.delete(entity);
      return give(entity, [...pageIds]);
    });
    batches.set(entity, { pageIds, given });
    return given;
  };
}
