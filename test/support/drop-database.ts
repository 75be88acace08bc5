import pg from 'pg';

const MAX_CLOSING_MS = 5_000;

/** A pool that was ended still closes its connections: cut off at that moment, they report an error. */
export async function dropDatabase(server: URL, name: string): Promise<void> {
  await asAdmin(
    server,
    `DO $$ BEGIN
       FOR attempt IN 1..${MAX_CLOSING_MS / 50} LOOP
         EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = '${name}');
         PERFORM pg_sleep(0.05), pg_stat_clear_snapshot();
       END LOOP;
     END $$`,
  );
  await asAdmin(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

/** Runs a statement in the server's own database. */
export async function asAdmin(server: URL, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
