import type { Client } from '@temporalio/client';
import type { Config } from '../../config.ts';
import { syncs } from '../../cycle/sync-names.ts';
import { personalCalendar, workCalendar } from '../../entities/calendars.ts';
import { currentWorkspace, inWorkspace } from '../../shared/workspace.ts';
import { deduplicate } from './deduplicate.ts';
import { type EditListener, listenForEdits } from './edit-listener.ts';
import { giveHint } from './give-hint.ts';

/** The minimum time between two hints for one entity. Edits in between share the second. */
const SPACING_MS = 200;

export interface ListenForHintsOptions {
  /** Called for every edit of a synced table. */
  readonly onEdit: () => void;
  readonly onTrouble: (message: string) => void;
}

/**
 * Turns edits in SQL into hints while a worker runs. All workers signal the same workflow. A failure here stops
 * nothing: the next cycle finds the edits.
 */
export function listenForHints(
  { database, temporal }: Config,
  client: Client,
  { onEdit: noteEdit, onTrouble }: ListenForHintsOptions,
): EditListener {
  const give = deduplicate(async (entity) => {
    try {
      await giveHint(client, temporal.taskQueue, entity, { kind: 'edited' });
    } catch (error) {
      onTrouble(
        `edits of ${entity} are synced by the next cycle: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }, SPACING_MS);
  const workspace = currentWorkspace();
  const onEdit = (name: string): void => {
    const entity = inWorkspace(workspace, () => hintedEntity(name));
    if (entity === null) return;
    noteEdit();
    give(entity);
  };
  return listenForEdits({ url: database.url ?? '', onEdit, onTrouble });
}

/**
 * The entity that is synced after an edit: the outbox names the two calendars, the syncs their table. Null for a table of
 * which nothing is synced: edits wait there until the definition has its entity.
 */
export function hintedEntity(name: string): string | null {
  const entity = [personalCalendar, workCalendar].find((calendar) => calendar.name === name)?.table ?? name;
  return syncs().some((sync) => sync.entity === entity) ? entity : null;
}
