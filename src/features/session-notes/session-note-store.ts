import { randomUUID } from 'node:crypto';
import { type Database, sql, transaction } from '../../database/client.ts';
import { toTemporaryId } from '../../sync/temporary-id.ts';

export interface SessionNote {
  readonly id: string;
  readonly title: string;
  /** Title, content and body; `sha256` is their hash. */
  readonly text: string;
  readonly sha256: string;
  /** The titles of earlier ideas from this note. */
  readonly noted: readonly string[];
}

/** A new row of `system_upgrades`; texts are Markdown. */
export interface UpgradeIdea {
  /** The hash of the normalized title, which identifies the idea. */
  readonly sha256: string;
  readonly title: string;
  readonly description: string;
  readonly priority: string | null;
  readonly category: string | null;
}

/** A session note is recognized by its title, type or tag. */
const IS_SESSION = `(n.title ~* '\\ysession\\y' OR lower(n.type) = 'session'
  OR EXISTS (SELECT FROM note_tags l JOIN tags g ON g.id = l.tag_id WHERE l.note_id = n.id AND g.archived_at IS NULL AND lower(g.name) IN ('session', 'session notes')))`;

/**
 * Session notes that are new, or were edited since they were analysed. In random order, so that notes that are always
 * refused do not block the others.
 * @throws as `databaseError`
 */
export const readNotesToAnalyse = (database: Database, limit: number): Promise<SessionNote[]> =>
  database.query<SessionNote>(
    `SELECT x.*, coalesce((SELECT json_agg(i.title ORDER BY i.title) FROM note_ideas i WHERE i.note_id = x.id), '[]') AS noted
       FROM (SELECT n.id, n.title, s.text, encode(sha256(convert_to(s.text, 'UTF8')), 'hex') AS sha256
               FROM active_notes n CROSS JOIN LATERAL (SELECT concat_ws(E'\\n\\n', n.title, n.content, n.body) AS text) s
              WHERE ${IS_SESSION} AND coalesce(n.content, '') || coalesce(n.body, '') <> '') x
       LEFT JOIN analysed_notes a ON a.note_id = x.id
      WHERE a.content_sha256 IS DISTINCT FROM x.sha256 ORDER BY random() LIMIT $1`,
    [limit],
  );

/**
 * Saves the result for a note: each new idea becomes a row, as a user's edit.
 * @returns the number of new ideas
 * @throws as `databaseError`
 */
export const saveIdeas = (
  database: Database,
  { id, sha256 }: Pick<SessionNote, 'id' | 'sha256'>,
  ideas: readonly UpgradeIdea[],
): Promise<number> =>
  transaction(database, { as: 'user' }, async (tx) => {
    let created = 0;
    for (const idea of ideas) {
      const upgradeId = randomUUID();
      const added = await tx.execute(sql`
        INSERT INTO note_ideas (title_sha256, note_id, upgrade_id, title)
        VALUES (${idea.sha256}, ${id}::uuid, ${upgradeId}::uuid, ${idea.title}) ON CONFLICT DO NOTHING`);
      if (added === 0) continue;
      const { title, description, priority, category } = idea;
      await tx.execute(sql`
        INSERT INTO system_upgrades (id, notion_page_id, source, title, description, priority, category)
        VALUES (${upgradeId}::uuid, ${toTemporaryId(upgradeId)}, 'AI Analysis', ${title}, ${description}, ${priority}, ${category})`);
      created += 1;
    }
    await tx.execute(sql`
      INSERT INTO analysed_notes (note_id, content_sha256, analysed_at) VALUES (${id}::uuid, ${sha256}, ${new Date()})
      ON CONFLICT (note_id) DO UPDATE SET content_sha256 = excluded.content_sha256, analysed_at = excluded.analysed_at`);
    return created;
  });
