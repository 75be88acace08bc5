import pg from 'pg';
import { startChild } from './child.ts';
import { definitionEnv } from './definition.ts';
import type { Emulator } from './emulator.ts';
import type { Servers } from './servers.ts';

/** The designs that Lockstep is compared with. */
export type Design = 'classic' | 'careless';

/** One of these designs, in its own process. */
export interface Peer {
  readonly pid: number;
  readonly pool: pg.Pool;
  /** Runs one cycle. @throws Error with its output when the process ends before */
  cycle(): Promise<{ seconds: number }>;
  /** Ends the process at once, and starts another on the same tables. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPeer(design: Design, servers: Servers, emulator: Emulator): Promise<Peer> {
  const databaseUrl = await servers.newDatabase();
  const { PATH, HOME } = process.env;
  const env = {
    PATH,
    HOME,
    ...definitionEnv,
    NOTION_BASE_URL: emulator.url,
    NOTION_TOKEN: emulator.token,
    DATABASE_URL: databaseUrl,
  };
  const start = async () => {
    const child = startChild('bench/peers/main.ts', [design], { env });
    await child.message();
    return child;
  };
  let child = await start();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  return {
    get pid() {
      return child.pid;
    },
    pool,
    cycle: async () => {
      const ended = child.message<{ seconds: number }>();
      child.send({});
      return ended;
    },
    crash: async () => {
      await child.end();
      child = await start();
    },
    stop: async () => {
      await pool.end();
      await child.end();
    },
  };
}
