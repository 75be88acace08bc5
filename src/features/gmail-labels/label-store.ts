import { asDatabaseErrors, type Database, transaction } from '../../database/client.ts';

/** A project, as its label needs it. */
export interface LabelledProject {
  readonly id: string;
  readonly name: string;
  /** Of the type Work, and not archived. */
  readonly isWork: boolean;
}

/** The label that a project has. */
export interface ProjectLabel {
  readonly projectId: string;
  readonly labelId: string;
  /** The name that we last gave it. */
  readonly name: string;
  /** Whether we made it, or found it. */
  readonly made: boolean;
}

/** Projects of work, and those that have a label, the oldest first. @throws as `asDatabaseErrors` */
export const labelledProjects = (database: Database, account: string): Promise<readonly LabelledProject[]> =>
  asDatabaseErrors(
    () => database.$queryRaw`
      SELECT p.id, p.name, (p.type IS NOT DISTINCT FROM 'Work' AND p.archived_at IS NULL) AS "isWork" FROM projects p
       WHERE p.type = 'Work' AND p.archived_at IS NULL
          OR EXISTS (SELECT 1 FROM gmail_labels l WHERE l.account = ${account} AND l.project_id = p.id)
       ORDER BY p.created_at, p.id`,
  );

export const projectLabels = (database: Database, account: string): Promise<readonly ProjectLabel[]> =>
  asDatabaseErrors(async () => {
    const found = await database.gmailLabel.findMany({ where: { account } });
    return found.map(({ project_id, label_id, name, made }) => ({
      projectId: project_id,
      labelId: label_id,
      name,
      made,
    }));
  });

/** From then on it is this project's alone. @throws as `asDatabaseErrors` */
export const saveProjectLabel = (
  database: Database,
  account: string,
  { projectId, labelId, name, made }: ProjectLabel,
): Promise<unknown> => {
  const key = { account, project_id: projectId };
  const data = { label_id: labelId, name, made };
  return transaction(database, async (tx) => {
    await tx.gmailLabel.deleteMany({ where: { account, label_id: labelId } });
    await tx.gmailLabel.upsert({ where: { account_project_id: key }, create: { ...key, ...data }, update: data });
  });
};

export const renameProjectLabel = (
  database: Database,
  account: string,
  projectId: string,
  name: string,
): Promise<unknown> =>
  asDatabaseErrors(() => database.gmailLabel.updateMany({ where: { account, project_id: projectId }, data: { name } }));

export const forgetLabel = (database: Database, account: string, labelId: string): Promise<unknown> =>
  asDatabaseErrors(() => database.gmailLabel.deleteMany({ where: { account, label_id: labelId } }));
