import { randomUUID } from 'node:crypto';
import { type SyncDescription, syncs } from '../../../src/cycle/sync-names.ts';
import { type Database, sql } from '../../../src/database/client.ts';
import { entityStore } from '../../../src/database/entity-store.ts';
import { tasks } from '../../../src/entities/tasks.ts';

const CYCLES = 36;
const MINUTE_MS = 60_000;
const NONE = { created: 0, updated: 0, archived: 0, conflicts: 0 };

/** Six hours as a deployment has them: quiet cycles and busy ones, one entity that fails, and one with a bad record. */
export async function sampleHistory(database: Database, failedRecord: string): Promise<void> {
  const now = Date.now();
  for (let age = CYCLES; age > 0; age--) {
    const started = new Date(now - age * 10 * MINUTE_MS + 7 * MINUTE_MS);
    const cycle_id = randomUUID();
    const runs = syncs().map((sync, at) => {
      const duration_ms = 300 + ((at * 37 + age * 53) % 900) + (age % 9 === 0 ? 6_000 : 0);
      return {
        ...{ cycle_id, sync_name: sync.name, entity: sync.entity, direction: sync.direction, duration_ms },
        started_at: started,
        finished_at: new Date(started.getTime() + duration_ms),
        records_processed: 12,
        api_requests: 1 + (age % 3),
        ...outcomeOf(sync, age, failedRecord),
      };
    });
    await database.execute(sql`
      INSERT INTO sync_run_history (cycle_id, sync_name, entity, direction, duration_ms, started_at, finished_at,
        records_processed, api_requests, status, created, updated, archived, conflicts, errors)
      SELECT cycle_id, sync_name, entity, direction, duration_ms, started_at, finished_at,
        records_processed, api_requests, status, created, updated, archived, conflicts, errors
        FROM jsonb_populate_recordset(NULL::sync_run_history, ${JSON.stringify(runs)}::jsonb)`);
  }
}

function outcomeOf({ name, entity, kind }: SyncDescription, age: number, failedRecord: string) {
  if (kind !== 'entity') {
    const message = kind === 'para' ? 'LOCKSTEP_PARA_ROOT is not set' : 'no Google account is signed in';
    return { status: 'skipped', ...NONE, errors: [{ code: 'skipped', message, record: null }] };
  }
  if (entity === 'games' && age < 5) {
    const message = 'the property "Hours Played" of games is missing in Notion: restore it with lockstep doctor --fix';
    return { status: 'failed', ...NONE, errors: [{ code: 'property_missing', message, record: null }] };
  }
  if (name === 'people-sql-to-notion' && age < 12) {
    const message = '"Email" cannot be set to "none": Notion expects an e-mail address';
    return { status: 'partial', ...NONE, errors: [{ code: 'refused', message, record: failedRecord }] };
  }
  const busy = age % 7 === 0 ? 3 : age % 3 === 0 ? 1 : 0;
  return { status: 'ok', ...NONE, created: busy, updated: entity === 'tasks' ? (age * 5) % 8 : busy, errors: [] };
}

/** A conflict that a cycle left, which SQL lost. @returns its id */
export async function sampleConflict(database: Database, recordId: string, pageId: string): Promise<string> {
  const version = (fields: Record<string, string | null>) => ({
    fields: { ...EMPTY, ...fields },
    archived: false,
  });
  const readIds = async () =>
    (await database.query<{ id: string }>(sql`SELECT id FROM sync_conflicts`)).map(({ id }) => id);
  const before = new Set(await readIds());
  await entityStore(database, tasks, 'cycle-1').transaction((tx) =>
    tx.addConflicts([
      {
        ...{ recordId, remoteId: pageId, winner: 'notion', reason: 'Notion was edited later' },
        base: version({ title: 'Renew passport' }),
        remote: version({ title: 'Renew both passports', priority: 'High' }),
        sql: version({ title: 'Renew my passport', due_date: '2027-03-01T09:30:00' }),
      },
    ]),
  );
  const kept = (await readIds()).find((id) => !before.has(id));
  if (!kept) throw new Error('no conflict was kept');
  return kept;
}

const EMPTY = {
  ...{ title: '', status: 'Todo', priority: null, due_date: null, project_id: null },
  ...{ tags: [], notes: 'At the town hall, window 4; two photographs', completed_at: null },
};
