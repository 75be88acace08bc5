import type { IncomingMessage } from 'node:http';
import { syncs } from '../../cycle/sync-names.ts';
import type { Database } from '../../database/client.ts';
import { FinalError, LockstepError } from '../../errors.ts';
import { findConflict, linkTitles, listConflicts, settleConflict } from '../../operations/history/conflicts.ts';
import { restoreConflict } from '../../operations/history/restore-conflict.ts';
import { readHealth } from '../../operations/status/entity-health.ts';
import { pastCycles, pastRuns } from '../../operations/status/past-runs.ts';
import { failedRecords, waitingRows } from '../../operations/status/pending-records.ts';
import { entityHealths } from '../../operations/status/verdict.ts';
import type { Html } from './html.ts';
import { conflictPage, conflictsPage } from './pages/conflicts.ts';
import { entityPage } from './pages/entity.ts';
import { historyPage } from './pages/history.ts';
import { overviewPage } from './pages/overview.ts';
import { page, type Reply, redirect } from './reply.ts';
import type { Temporal, TemporalState } from './temporal.ts';
import { conflictPath, type View } from './view.ts';

/** What the pages are made of. */
export interface Sources {
  readonly database: Database;
  readonly temporal: Temporal;
  /** How many requests Notion allows in any 60 seconds. */
  readonly perMinute: number;
}

export interface Visit {
  readonly request: IncomingMessage;
  /** What the path's pattern left open. */
  readonly part: string;
  readonly query: URLSearchParams;
  /** Of a POST. */
  readonly form: URLSearchParams;
  readonly view: View;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly handle: (visit: Visit) => Promise<Reply>;
}

const CYCLES_SHOWN = 48;
const RUNS_SHOWN = 100;
const RECORDS_SHOWN = 100;
const CONFLICTS_SHOWN = 200;

export const routes = ({ database, temporal, perMinute }: Sources): readonly Route[] => {
  const get = (path: RegExp, show: (visit: Visit) => Promise<Html>): Route => ({
    method: 'GET',
    path,
    handle: async (visit) => page(await show(visit)),
  });
  const post = (path: RegExp, act: (visit: Visit) => Promise<string>): Route => ({
    method: 'POST',
    path,
    handle: async (visit) => redirect(await act(visit)),
  });

  return [
    get(/^\/$/, async ({ query, view }) => {
      const [state, health, cycles] = await Promise.all([
        lookAt(temporal),
        readHealth(database, perMinute),
        pastCycles(database, CYCLES_SHOWN),
      ]);
      return overviewPage({ health, cycles, temporal: state, started: startedId(query.get('started')) }, view);
    }),

    get(/^\/entities\/([^/]+)$/, async ({ part, view }) => {
      const health = entityHealths(await readHealth(database, perMinute)).find(({ entity }) => entity === part);
      if (!health) throw unknownEntity(part);
      const [runs, waiting, failed] = await Promise.all([
        pastRuns(database, { limit: RUNS_SHOWN, entity: part }),
        waitingRows(database, part, RECORDS_SHOWN),
        failedRecords(
          database,
          part,
          health.syncs.map(({ name }) => name),
        ),
      ]);
      return entityPage({ health, runs, waiting, failed }, view);
    }),

    get(/^\/conflicts$/, async ({ query, view }) => {
      const all = query.has('all');
      const conflicts = await listConflicts(database, { all, limit: CONFLICTS_SHOWN });
      return conflictsPage({ conflicts, all, limit: CONFLICTS_SHOWN }, view);
    }),

    get(/^\/conflicts\/([^/]+)$/, async ({ part, query, view }) => {
      const conflict = await findConflict(database, part);
      const titles = await linkTitles(database, conflict);
      const done = query.get('done');
      return conflictPage(
        { conflict, titles, done: conflict.resolvedAt && (done === 'restored' || done === 'settled') ? done : null },
        view,
      );
    }),

    post(/^\/conflicts\/([^/]+)\/restore$/, async ({ part }) => {
      const conflict = await findConflict(database, part);
      await restoreConflict(database, conflict);
      return `${conflictPath(conflict.id)}?done=restored`;
    }),

    post(/^\/conflicts\/([^/]+)\/settle$/, async ({ part }) => {
      const conflict = await findConflict(database, part);
      await settleConflict(database, conflict);
      return `${conflictPath(conflict.id)}?done=settled`;
    }),

    get(/^\/history$/, async ({ query, view }) => {
      const before = query.get('before') ?? '';
      const runs = await pastRuns(database, {
        limit: RUNS_SHOWN,
        before: /^\d{1,18}$/.test(before) ? BigInt(before) : undefined,
      });
      const last = runs.length === RUNS_SHOWN ? runs.at(-1) : undefined;
      return historyPage({ runs, older: last ? `/history?before=${last.id}` : null }, view);
    }),

    post(/^\/sync$/, async ({ form }) => {
      const entity = form.get('entity') ?? undefined;
      if (entity !== undefined && !syncs.some((sync) => sync.entity === entity)) throw unknownEntity(entity);
      return `/?started=${encodeURIComponent(await temporal.runNow(entity))}`;
    }),
  ];
};

/** What PostgreSQL knows is worth showing even while Temporal is away. */
async function lookAt(temporal: Temporal): Promise<TemporalState | string> {
  try {
    return await temporal.look();
  } catch (error) {
    if (error instanceof LockstepError) return error.message;
    throw error;
  }
}

/** Nothing but an id of ours is said on the page. */
const startedId = (text: string | null): string | null => (text && /^lockstep-sync-[\w:.-]+$/.test(text) ? text : null);

const unknownEntity = (name: string): FinalError =>
  new FinalError('unknown_entity', `there is no entity named ${name}`);
