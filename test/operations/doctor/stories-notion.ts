import { expect } from 'vitest';
import { readCachedDataSource, saveDataSource } from '../../../src/database/sources.ts';
import { goals } from '../../../src/entities/goals.ts';
import { tasks } from '../../../src/entities/tasks.ts';
import { openDataSource } from '../../../src/notion/data-source.ts';
import { NotionApi } from '../../../src/notion/notion-api.ts';
import { byFix, byVariables, type Deployment, type Stories } from './deployment.ts';

const everything = { match: { path: '^/v1/users/me$' }, times: 'always' } as const;
const blocked = { kind: 'status', status: 429, rateLimitReason: 'public_api_request_blocked' } as const;

/** Saves the schema as a sync does. */
const remember = (deployment: Deployment): Promise<void> =>
  deployment.withServices(async ({ database, notion, budget }) => {
    const api = new NotionApi(notion, budget);
    const before = await readCachedDataSource(database, tasks);
    await saveDataSource(database, tasks, await openDataSource(api, tasks, tasks.databaseId, before));
  });
const forget = ({ user }: Deployment): Promise<unknown> =>
  user.query("DELETE FROM sync_sources WHERE entity = 'tasks'");

let rule: number;
let first: string;
let second: string;

export const notionStories: Stories<
  | 'notion_unreachable'
  | 'notion_refuses'
  | 'unauthorized'
  | 'token'
  | 'capability_missing'
  | 'clock_skew'
  | 'not_found'
  | 'database_trashed'
  | 'data_source_unclear'
  | 'property_missing'
  | 'property_retyped'
  | 'property_renamed'
  | 'property_unmapped'
  | 'sync_key_missing'
  | 'sync_key_retyped'
  | 'relation_target'
  | 'option_missing'
  | 'option_renamed'
  | 'option_translated'
> = {
  notion_unreachable: {
    provoke: ({ env }) => {
      env.NOTION_BASE_URL = 'http://127.0.0.1:1';
    },
    expectedFix: /NOTION_BASE_URL/,
    fix: byVariables,
  },
  notion_refuses: {
    provoke: ({ notion }) => {
      // biome-ignore lint/suspicious/noThenProperty: the rule's shape is shared with the emulator's
      rule = notion.faults.add({ ...everything, then: blocked });
    },
    expectedFix: /follow the message/,
    fix: ({ notion }) => notion.faults.clear(rule),
  },
  unauthorized: {
    provoke: ({ env }) => {
      env.NOTION_TOKEN = 'ntn_wrong';
    },
    expectedFix: /NOTION_TOKEN/,
    fix: byVariables,
  },
  token: { provoke: () => undefined, undo: () => undefined },
  capability_missing: {
    provoke: ({ notion }) => notion.workspace.addIntegration(notion.token, 'Lockstep', { insert: false }),
    expectedFix: /enable "Insert content"/,
    fix: ({ notion }) => notion.workspace.addIntegration(notion.token, 'Lockstep'),
  },
  clock_skew: {
    provoke: ({ notion }) => notion.workspace.clock.advance(600_000),
    expectedFix: /timedatectl set-ntp true/,
    fix: ({ notion }) => notion.workspace.clock.advance(-600_000),
  },
  not_found: {
    provoke: ({ notion }) => notion.workspace.unshare(tasks.databaseId),
    expectedFix: /share the database .*NOTION_TASKS_DATABASE_ID/,
    fix: ({ notion }) => notion.workspace.share(tasks.databaseId),
  },
  database_trashed: {
    provoke: ({ notion }) => notion.workspace.trashDatabase('Goals'),
    expectedFix: /restore the database/,
    fix: ({ notion }) => notion.workspace.restoreDatabase('Goals'),
  },
  data_source_unclear: {
    provoke: ({ notion: { workspace } }) => {
      first = workspace.dataSource('Goals').id;
      second = workspace.addDataSource(goals.databaseId, { title: 'Goals' });
    },
    expectedFix: /NOTION_GOALS_DATABASE_ID/,
    fix: ({ env }) => {
      env.NOTION_GOALS_DATABASE_ID = first;
    },
    cleanUp: async ({ notion }) => notion.workspace.trashDataSource(second),
  },
  property_missing: {
    provoke: ({ notion }) => notion.workspace.deleteProperty('Tasks', 'Due Date'),
    expectedFix: /^lockstep doctor --fix$/,
    fix: byFix,
  },
  property_retyped: {
    provoke: ({ notion }) => notion.workspace.retypeProperty('Tasks', 'Notes', { number: {} }),
    expectedFix: /change its type back/,
    fix: ({ notion }) => notion.workspace.retypeProperty('Tasks', 'Notes', { rich_text: {} }),
  },
  property_renamed: {
    provoke: async (deployment) => {
      await remember(deployment);
      deployment.notion.workspace.renameProperty('Tasks', 'Priority', 'Urgency');
    },
    undo: async (deployment) => {
      deployment.notion.workspace.renameProperty('Tasks', 'Urgency', 'Priority');
      await forget(deployment);
    },
  },
  property_unmapped: {
    provoke: ({ notion }) => notion.workspace.addProperty('Tasks', 'Mood', { select: {} }),
    undo: ({ notion }) => notion.workspace.deleteProperty('Tasks', 'Mood'),
  },
  sync_key_missing: {
    provoke: ({ notion }) => notion.workspace.deleteProperty('Tasks', 'Sync Key'),
    expectedFix: /^lockstep doctor --fix$/,
    fix: byFix,
  },
  sync_key_retyped: {
    provoke: ({ notion }) => notion.workspace.retypeProperty('Tasks', 'Sync Key', { number: {} }),
    expectedFix: /make it a text property/,
    fix: ({ notion }) => notion.workspace.retypeProperty('Tasks', 'Sync Key', { rich_text: {} }),
  },
  relation_target: {
    provoke: ({ notion: { workspace } }) => {
      const data_source_id = workspace.dataSource('Games Backlog').id;
      workspace.deleteProperty('Notes', 'Project');
      workspace.addProperty('Notes', 'Project', { relation: { data_source_id, single_property: {} } });
    },
    expectedFix: /delete the property in Notion, and run lockstep doctor --fix/,
    fix: (deployment) => {
      deployment.notion.workspace.deleteProperty('Notes', 'Project');
      return byFix(deployment);
    },
  },
  option_missing: {
    provoke: ({ notion }) => notion.workspace.deleteOption('Tasks', 'Priority', 'Low'),
    expectedFix: /^lockstep doctor --fix$/,
    fix: byFix,
  },
  option_renamed: {
    provoke: async (deployment) => {
      await remember(deployment);
      deployment.notion.workspace.renameOption('Tasks', 'Status', 'Cancelled', 'Dropped');
    },
    expectedFix: /rename "Dropped" back to "Cancelled"/,
    fix: ({ notion }) => notion.workspace.renameOption('Tasks', 'Status', 'Dropped', 'Cancelled'),
    cleanUp: forget,
  },
  option_translated: {
    provoke: async (deployment) => {
      const { workspace } = deployment.notion;
      await remember(deployment);
      workspace.deleteOption('Tasks', 'Priority', 'Critical');
      const page = workspace.createPage('Tasks', { Title: 'Renew passport', Priority: 'Pilne' });
      workspace.trashPage(page);
      await remember(deployment);
      await deployment.user.query("INSERT INTO tasks (title, priority) VALUES ('Renew passport', 'Pilne')");
    },
    expectedFix: /^lockstep doctor --fix$/,
    fix: async (deployment) => {
      await byFix(deployment);
      const found = await deployment.user.query("SELECT priority FROM tasks WHERE title = 'Renew passport'");
      expect(found.rows).toEqual([{ priority: 'Critical' }]);
    },
    cleanUp: async (deployment) => {
      await deployment.user.query("DELETE FROM tasks WHERE title = 'Renew passport'");
      await forget(deployment);
    },
  },
};
