import { type Database, sql, transaction } from '../../database/client.ts';
import { roleTable } from '../../database/role-table.ts';
import { optionIn } from '../../definition/role-fields.ts';

/** A project that has or needs a label. */
export interface LabelledProject {
  readonly id: string;
  readonly name: string;
  /** Has the type Work and is not archived. */
  readonly isWork: boolean;
}

/** The label of a project. */
export interface ProjectLabel {
  readonly projectId: string;
  readonly labelId: string;
  /** The name that Lockstep last gave it. */
  readonly name: string;
  /** Whether Lockstep created it; false if it was adopted. */
  readonly made: boolean;
}

/** Work projects and projects that have a label, the oldest first. @throws as `databaseError` */
export function readProjects(database: Database, account: string): Promise<readonly LabelledProject[]> {
  const projects = roleTable('projects');
  return database.query(
    `SELECT p.id, p.name, p."isWork" FROM (
       SELECT t.id, coalesce(${projects.column('title')}, '') AS name, t.created_at,
              (${projects.column('type')} IS NOT DISTINCT FROM $2 AND t.archived_at IS NULL) AS "isWork" FROM ${projects.all} t) p
      WHERE p."isWork" OR EXISTS (SELECT 1 FROM gmail_labels l WHERE l.account = $1 AND l.project_id = p.id)
      ORDER BY p.created_at, p.id`,
    [account, optionIn(projects, 'type', 'Work') ?? 'Work'],
  );
}

export const readProjectLabels = (database: Database, account: string): Promise<readonly ProjectLabel[]> =>
  database.query(
    sql`SELECT project_id AS "projectId", label_id AS "labelId", name, made FROM gmail_labels WHERE account = ${account}`,
  );

/** Assigns a label to this project only. @throws as `databaseError` */
export const saveProjectLabel = (
  database: Database,
  account: string,
  { projectId, labelId, name, made }: ProjectLabel,
): Promise<unknown> =>
  transaction(database, { as: 'user' }, async (tx) => {
    await tx.execute(sql`DELETE FROM gmail_labels WHERE account = ${account} AND label_id = ${labelId}`);
    await tx.execute(sql`
      INSERT INTO gmail_labels (account, project_id, label_id, name, made)
      VALUES (${account}, ${projectId}::uuid, ${labelId}, ${name}, ${made})
      ON CONFLICT (account, project_id) DO UPDATE SET label_id = excluded.label_id, name = excluded.name, made = excluded.made`);
  });

export const renameProjectLabel = (
  database: Database,
  account: string,
  projectId: string,
  name: string,
): Promise<unknown> =>
  database.execute(
    sql`UPDATE gmail_labels SET name = ${name} WHERE account = ${account} AND project_id = ${projectId}::uuid`,
  );

export const forgetLabel = (database: Database, account: string, labelId: string): Promise<unknown> =>
  database.execute(sql`DELETE FROM gmail_labels WHERE account = ${account} AND label_id = ${labelId}`);
