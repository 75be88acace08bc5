import { randomUUID } from 'node:crypto';
import { type Database, sql, transaction } from '../../database/client.ts';
import { roleTable } from '../../database/role-table.ts';
import { insertWithoutPage } from '../../database/write-row.ts';
import { optionIn, toColumns } from '../../definition/role-fields.ts';
import { perWorkspace } from '../../shared/workspace.ts';

export interface SessionNote {
  readonly id: string;
  readonly title: string;
  /** Title, content and body; `sha256` is their hash. */
  readonly text: string;
  readonly sha256: string;
  /** The titles of earlier ideas from this note. */
  readonly noted: readonly string[];
}

/** A new row of the entity with the role `system_upgrades`; texts are Markdown. */
export interface UpgradeIdea {
  /** The hash of the normalized title, which identifies the idea. */
  readonly sha256: string;
  readonly title: string;
  readonly description: string;
  readonly priority: string | null;
  readonly category: string | null;
}

const parts = perWorkspace(() => {
  const notes = roleTable('notes');
  const tags = roleTable('tags');
  const [title, content, body] = (['title', 'content', 'body'] as const).map((field) => notes.column(field, 'n'));
  // A session note is recognized by its title, type or tag.
  const isSession = `(${title} ~* '\\ysession\\y' OR lower(${notes.column('type', 'n')}) = 'session'
    OR EXISTS (SELECT FROM ${notes.links('tags')} l JOIN ${tags.all} g ON g.id = l.linked
                WHERE l.record = n.id AND g.archived_at IS NULL AND lower(${tags.column('title', 'g')}) IN ('session', 'session notes')))`;
  return { notes, upgrades: roleTable('system_upgrades'), title, content, body, isSession };
});

/**
 * Session notes that are new, or were edited since they were analysed. In random order, so that notes that are always
 * refused do not block the others.
 * @throws as `databaseError`
 */
export function readNotesToAnalyse(database: Database, limit: number): Promise<SessionNote[]> {
  const { notes, title, content, body, isSession } = parts();
  return database.query<SessionNote>(
    `SELECT x.*, coalesce((SELECT json_agg(i.title ORDER BY i.title) FROM note_ideas i WHERE i.note_id = x.id), '[]') AS noted
       FROM (SELECT n.id, coalesce(${title}, '') AS title, s.text, encode(sha256(convert_to(s.text, 'UTF8')), 'hex') AS sha256
               FROM ${notes.active} n CROSS JOIN LATERAL (SELECT concat_ws(E'\\n\\n', ${title}, ${content}, ${body}) AS text) s
              WHERE ${isSession} AND coalesce(${content}, '') || coalesce(${body}, '') <> '') x
       LEFT JOIN analysed_notes a ON a.note_id = x.id
      WHERE a.content_sha256 IS DISTINCT FROM x.sha256 ORDER BY random() LIMIT $1`,
    [limit],
  );
}

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
      await insertWithoutPage(tx, parts().upgrades.table, upgradeId, toUpgradeColumns(idea));
      created += 1;
    }
    await tx.execute(sql`
      INSERT INTO analysed_notes (note_id, content_sha256, analysed_at) VALUES (${id}::uuid, ${sha256}, ${new Date()})
      ON CONFLICT (note_id) DO UPDATE SET content_sha256 = excluded.content_sha256, analysed_at = excluded.analysed_at`);
    return created;
  });

/** Without the options that the entity lacks. */
function toUpgradeColumns({ title, description, priority, category }: UpgradeIdea): Readonly<Record<string, string>> {
  const { upgrades } = parts();
  return toColumns(upgrades, {
    ...{ title, description },
    source: optionIn(upgrades, 'source', 'AI Analysis'),
    priority: priority === null ? undefined : optionIn(upgrades, 'priority', priority),
    category: category === null ? undefined : optionIn(upgrades, 'category', category),
  });
}
