import { randomUUID } from 'node:crypto';
import { type Database, transaction } from '../../database/client.ts';
import { toTemporaryId } from '../../sync/temporary-id.ts';

export interface SessionNote {
  readonly id: string;
  readonly title: string;
  /** All that it says, and its hash. */
  readonly text: string;
  readonly sha256: string;
  /** The titles of ideas that came from it before. */
  readonly noted: readonly string[];
}

/** A row to be of `system_upgrades`; texts are Markdown. */
export interface UpgradeIdea {
  /** Tells ideas apart, however their titles are written. */
  readonly sha256: string;
  readonly title: string;
  readonly description: string;
  readonly priority: string | null;
  readonly category: string | null;
}

/** A session's note says so by its title, its type or a tag. */
const IS_SESSION = `(n.title ~* '\\ysession\\y' OR lower(n.type) = 'session'
  OR EXISTS (SELECT FROM note_tags l JOIN tags g ON g.id = l.tag_id WHERE l.note_id = n.id AND g.archived_at IS NULL AND lower(g.name) IN ('session', 'session notes')))`;

/**
 * Session notes that are new, or were edited since they were analysed; by chance, so that some that are
 * refused each time keep back no others.
 * @throws as `databaseError`
 */
export const notesToAnalyse = (database: Database, limit: number): Promise<SessionNote[]> =>
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
 * Keeps what came of a note: each idea that was not there yet becomes a row, as a user's edit.
 * @returns how many
 * @throws as `asDatabaseErrors`
 */
export const saveIdeas = (
  database: Database,
  { id, sha256 }: Pick<SessionNote, 'id' | 'sha256'>,
  ideas: readonly UpgradeIdea[],
): Promise<number> =>
  transaction(database, { as: 'user' }, async (tx) => {
    let made = 0;
    for (const { sha256: title_sha256, ...idea } of ideas) {
      const upgradeId = randomUUID();
      const isNew = await tx.noteIdea.createMany({
        data: { title_sha256, note_id: id, upgrade_id: upgradeId, title: idea.title },
        skipDuplicates: true,
      });
      if (isNew.count === 0) continue;
      await tx.systemUpgrade.create({
        data: { id: upgradeId, notion_page_id: toTemporaryId(upgradeId), source: 'AI Analysis', ...idea },
      });
      made += 1;
    }
    const analysed = { content_sha256: sha256, analysed_at: new Date() };
    await tx.analysedNote.upsert({ where: { note_id: id }, create: { note_id: id, ...analysed }, update: analysed });
    return made;
  });
