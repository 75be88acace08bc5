import pg from 'pg';
import { runCareless } from './careless.ts';
import { runClassic } from './classic.ts';
import { notionClient } from './notion.ts';
import { createTables } from './tables.ts';

const { NOTION_BASE_URL = '', NOTION_TOKEN = '', DATABASE_URL = '' } = process.env;
const [, , design] = process.argv;
const runCycle = design === 'careless' ? runCareless : runClassic;
const notion = notionClient(NOTION_BASE_URL, NOTION_TOKEN);
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 4 });
await createTables(pool);

// Each message from the bench stands for a start by cron.
process.on('message', async () => {
  const started = performance.now();
  try {
    await runCycle(notion, pool);
    process.send?.({ seconds: (performance.now() - started) / 1000 });
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });
