import type { Client } from '@temporalio/client';
import type { Config } from '../../config.ts';
import { personalCalendar, workCalendar } from '../../entities/calendars.ts';
import { deduplicate } from './deduplicate.ts';
import { type EditListener, listenForEdits } from './edit-listener.ts';
import { giveHint } from './give-hint.ts';

/** Between two hints about one entity: what is edited meanwhile goes along with the second. */
const SPACING_MS = 200;

/**
 * Makes edits in SQL into hints, for as long as a worker runs. Every worker does so, and they tell the same
 * workflow. Nothing that goes wrong here stops anything: an edit that nobody heard of waits for the next cycle.
 */
export function listenForHints(
  { database, temporal }: Config,
  client: Client,
  onTrouble: (message: string) => void,
): EditListener {
  const tell = deduplicate(async (entity) => {
    try {
      await giveHint(client, temporal.taskQueue, entity, { kind: 'edited' });
    } catch (error) {
      onTrouble(
        `edits of ${entity} wait for the next cycle: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }, SPACING_MS);
  return listenForEdits({ url: database.url ?? '', onEdit: (name) => tell(syncedAs(name)), onTrouble });
}

/** The calendars are two to the outbox, and one to the syncs. */
const syncedAs = (name: string): string =>
  [personalCalendar, workCalendar].find((calendar) => calendar.name === name)?.table ?? name;
