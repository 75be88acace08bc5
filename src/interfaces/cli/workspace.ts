import { readWorkspace, releaseWorkspace } from '../../database/workspace.ts';
import { withDatabase } from './with-database.ts';

export interface WorkspaceOptions {
  /** Lets the next sync tie the database to the workspace of NOTION_TOKEN. */
  readonly move?: boolean;
}

/** Prints the Notion workspace and integration that the database is synced with, or releases it from them. */
export function workspaceCommand({ move = false }: WorkspaceOptions): Promise<number> {
  return withDatabase(async (database) => {
    const workspace = await readWorkspace(database);
    if (!workspace) return console.log('This database was not synced with a Notion workspace yet.');
    const { workspaceId, workspaceName, botId, botName } = workspace;
    const named = `the Notion workspace "${workspaceName ?? workspaceId}" (integration "${botName ?? botId}")`;
    if (!move) return console.log(`This database is synced with ${named}.`);
    await releaseWorkspace(database);
    console.log(`Released from ${named}. Restart the workers: the next sync uses the workspace of NOTION_TOKEN.`);
  });
}
