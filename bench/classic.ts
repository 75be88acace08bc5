import pg from 'pg';
import { startChild } from './child.ts';
import { definitionEnv } from './definition.ts';
import type { Emulator } from './emulator.ts';
import type { Servers } from './servers.ts';

/** The classic design, in its own process. */
export interface Classic {
  readonly pid: number;
  readonly pool: pg.Pool;
  /** Runs the 25 scripts. */
  cycle(): Promise<{ seconds: number }>;
  stop(): Promise<void>;
}

export async function startClassic(servers: Servers, emulator: Emulator): Promise<Classic> {
  const databaseUrl = await servers.newDatabase();
  const { PATH, HOME } = process.env;
  const child = startChild('bench/classic/main.ts', [], {
    env: {
      PATH,
      HOME,
      ...definitionEnv,
      NOTION_BASE_URL: emulator.url,
      NOTION_TOKEN: emulator.token,
      DATABASE_URL: databaseUrl,
    },
  });
  await child.message();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  return {
    pid: child.pid,
    pool,
    cycle: async () => {
      const ended = child.message<{ seconds: number }>();
      child.send({});
      return ended;
    },
    stop: async () => {
      await pool.end();
      await child.end();
    },
  };
}
