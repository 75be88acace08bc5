import { type Database, sql, transaction } from '../../database/client.ts';

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
export const readProjects = (database: Database, account: string): Promise<readonly LabelledProject[]> =>
  database.query(sql`
      SELECT p.id, p.name, (p.type IS NOT DISTINCT FROM 'Work' AND p.archived_at IS NULL) AS "isWork" FROM projects p
       WHERE p.type = 'Work' AND p.archived_at IS NULL
          OR EXISTS (SELECT 1 FROM gmail_labels l WHERE l.account = ${account} AND l.project_id = p.id)
       ORDER BY p.created_at, p.id`);

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
