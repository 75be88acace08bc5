import pg from 'pg';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../src/database/client.ts';
import { readPendingLinks } from '../../../src/operations/status/pending-links.ts';
import { freshDatabase } from '../../support/database.ts';

test('pending links are counted by relation', async () => {
  const server = await freshDatabase();
  const database = openDatabase(server.url, 1);
  const user = new pg.Pool({ connectionString: server.url, max: 1 });
  try {
    expect(await readPendingLinks(database)).toEqual([]);
    await user.query(`INSERT INTO pending_links (entity, record_id, field, page_id) VALUES
      ('tasks', gen_random_uuid(), 'tags', 'page-1'), ('tasks', gen_random_uuid(), 'tags', 'page-1'),
      ('tasks', gen_random_uuid(), 'tags', 'page-2'), ('tasks', gen_random_uuid(), 'project_id', 'page-3')`);
    expect(await readPendingLinks(database)).toEqual([
      { entity: 'tasks', field: 'project_id', links: 1, pages: 1 },
      { entity: 'tasks', field: 'tags', links: 3, pages: 2 },
    ]);
  } finally {
    await user.end();
    await database.close();
    await server.drop();
  }
});
