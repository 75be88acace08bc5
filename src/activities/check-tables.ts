import {
  checkConsistency,
  readIssuesOfCycle,
  readLatestConsistencyChecks,
  saveConsistencyCheck,
} from '../database/consistency-check.ts';
import { entitiesNamed } from '../definition/named-entities.ts';
import type { Entity } from '../entities/define.ts';
import { canonicalEventFields } from '../google/event-record.ts';
import { canonicalFields } from '../notion/canonical-fields.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { runAttempt } from './activity-attempt.ts';

interface CheckRequest {
  readonly cycleId: string;
  /** Tables that the cycle changed, by their names in `sync_run_history`. */
  readonly changed: readonly string[];
  /** Tables that the cycle only read. */
  readonly read: readonly string[];
}

/** A table that is only read is checked about once an hour. */
const MAX_AGE_MS = 50 * 60_000;

/** The consistency check after a cycle: whether both sides of its tables are in sync, and which records are not. */
export const checkTables =
  (services: WorkerServices) =>
  ({ cycleId, changed, read }: CheckRequest): Promise<void> =>
    runAttempt(async ({ progress }) => {
      const { database, config } = services;
      const lastByName = await readLatestConsistencyChecks(database, read);
      const outdated = read.filter((name) => {
        const at = lastByName.get(name)?.at;
        return at === undefined || Date.now() - Date.parse(at) > MAX_AGE_MS;
      });
      const canonical = (entity: Entity) =>
        entity.remote ? canonicalEventFields(config.timeZone) : canonicalFields(entity, config.timeZone);
      for (const name of [...changed, ...outdated]) {
        const entities = entitiesNamed(name);
        if (entities.length === 0) continue;
        const issues = await readIssuesOfCycle(database, cycleId, name);
        await saveConsistencyCheck(
          database,
          cycleId,
          name,
          await checkConsistency(database, { entities, canonical, issues }),
        );
        progress();
      }
    });
