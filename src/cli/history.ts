import { readConfig } from '../config.ts';
import { asDatabaseErrors, openDatabase } from '../database/client.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';
import { table } from './table.ts';

export interface HistoryOptions {
  readonly limit: number;
  readonly json?: boolean;
}

/** The latest runs of `sync_run_history`, newest first. */
export async function historyCommand({ limit, json }: HistoryOptions): Promise<number> {
  const database = openDatabase(databaseUrl(readConfig()), 1);
  try {
    const runs = await asDatabaseErrors(() =>
      database.syncRun.findMany({ orderBy: [{ finished_at: 'desc' }, { id: 'desc' }], take: limit }),
    );
    if (json) {
      console.log(
        JSON.stringify(
          runs.map(({ id, ...run }) => ({ id: Number(id), ...run })),
          null,
          2,
        ),
      );
    } else if (runs.length === 0) {
      console.log('No sync has run yet.');
    } else {
      const headings = [
        'ENDED',
        'SYNC',
        'STATUS',
        'RECORDS',
        'CREATED',
        'UPDATED',
        'ARCHIVED',
        'CONFLICTS',
        'REQUESTS',
        '',
      ];
      console.log(
        table(
          headings,
          runs.map((run) => [
            run.finished_at.toISOString().slice(0, 19).replace('T', ' '),
            run.sync_name,
            run.status,
            ...[run.records_processed, run.created, run.updated, run.archived, run.conflicts, run.api_requests].map(
              String,
            ),
            firstMessage(run.errors),
          ]),
        ),
      );
    }
    return exitCodes.ok;
  } finally {
    await database.$disconnect();
  }
}

function firstMessage(errors: unknown): string {
  const [first] = Array.isArray(errors) ? errors : [];
  return typeof first?.message === 'string' ? first.message : '';
}
