import { type Database, sql } from './client.ts';

/** A Notion workspace and the integration that reaches it. */
export interface Workspace {
  /** Null where Notion does not tell it. */
  readonly workspaceId: string | null;
  readonly workspaceName: string | null;
  readonly botId: string;
  readonly botName: string | null;
}

/** The workspace that this database is synced with; null before the first sync. @throws as `databaseError` */
export async function readWorkspace(database: Database): Promise<Workspace | null> {
  const [found] = await database.query<Workspace>(sql`
    SELECT workspace_id AS "workspaceId", workspace_name AS "workspaceName", bot_id AS "botId", bot_name AS "botName"
      FROM sync_workspace`);
  return found ?? null;
}

/** Ties the database to a workspace, unless it is tied to one. @throws as `databaseError` */
export const claimWorkspace = (database: Database, workspace: Workspace): Promise<unknown> =>
  database.execute(sql`
    INSERT INTO sync_workspace (workspace_id, workspace_name, bot_id, bot_name)
    VALUES (${workspace.workspaceId}, ${workspace.workspaceName}, ${workspace.botId}, ${workspace.botName})
    ON CONFLICT DO NOTHING`);

/** Forgets the workspace: the next sync sets it. @throws as `databaseError` */
export const releaseWorkspace = (database: Database): Promise<unknown> =>
  database.execute(sql`DELETE FROM sync_workspace`);
