import { certify, issuesOfCycle, latestCertificates, saveCertificate } from '../database/consistency-check.ts';
import { entitiesNamed } from '../database/named-entities.ts';
import type { Entity } from '../entities/define.ts';
import { canonicalEventFields } from '../google/calendar-events.ts';
import { canonicalFields } from '../notion/canonical-fields.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { Attempt, toFailure } from './attempt.ts';

export interface CertifyRequest {
  readonly cycleId: string;
  /** By the names that history has. */
  readonly changed: readonly string[];
  /** What was only looked at: a certificate of this hour stands. */
  readonly read: readonly string[];
}

const STANDS_FOR_MS = 50 * 60_000;

/** After a cycle's writes: whether both sides of its tables hold the same, and which records do not. */
export const certifyTables =
  (services: WorkerServices) =>
  async ({ cycleId, changed, read }: CertifyRequest): Promise<void> => {
    const attempt = new Attempt<null>(null);
    try {
      const { database, config } = services;
      const before = await latestCertificates(database, read);
      const outdated = read.filter((name) => {
        const at = before.get(name)?.at;
        return at === undefined || Date.now() - Date.parse(at) > STANDS_FOR_MS;
      });
      const canonical = (entity: Entity) =>
        entity.remote ? canonicalEventFields(config.timeZone) : canonicalFields(entity, config.timeZone);
      for (const name of [...changed, ...outdated]) {
        const entities = entitiesNamed(name);
        if (entities.length === 0) continue;
        const issues = await issuesOfCycle(database, cycleId, name);
        await saveCertificate(database, cycleId, name, await certify(database, { entities, canonical, issues }));
        attempt.progress();
      }
    } catch (error) {
      throw attempt.givesUpOn(error) ? toFailure(error, true) : attempt.retry(error);
    } finally {
      attempt.end();
    }
  };
