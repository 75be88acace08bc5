import { loadDataSource, saveDataSource } from '../../../src/database/sources.ts';
import { goals } from '../../../src/entities/goals.ts';
import { tasks } from '../../../src/entities/tasks.ts';
import { NotionApi } from '../../../src/notion/api.ts';
import { openDataSource } from '../../../src/notion/data-source.ts';
import { byFix, byVariables, type Stories, type World } from './world.ts';

const everything = { match: { path: '^/v1/users/me$' }, times: 'always' } as const;
const blocked = { kind: 'status', status: 429, rateLimitReason: 'public_api_request_blocked' } as const;

/** As a sync that has read the schema leaves it. */
const remember = (world: World): Promise<void> =>
  world.withServices(async ({ database, notion, budget }) => {
    const api = new NotionApi(notion, budget);
    const before = await loadDataSource(database, tasks);
    await saveDataSource(database, tasks, await openDataSource(api, tasks, tasks.databaseId, before));
  });
const forget = ({ user }: World): Promise<unknown> => user.query("DELETE FROM sync_sources WHERE entity = 'tasks'");

let rule: number;
let first: string;
let second: string;

export const ofNotion: Stories<
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
> = {
  notion_unreachable: {
    provoke: ({ env }) => {
      env.NOTION_BASE_URL = 'http://127.0.0.1:1';
    },
    names: /NOTION_BASE_URL/,
    mend: byVariables,
  },
  notion_refuses: {
    provoke: ({ notion }) => {
      // biome-ignore lint/suspicious/noThenProperty: the rule's shape is shared with the emulator's
      rule = notion.faults.add({ ...everything, then: blocked });
    },
    names: /as the message says/,
    mend: ({ notion }) => notion.faults.clear(rule),
  },
  unauthorized: {
    provoke: ({ env }) => {
      env.NOTION_TOKEN = 'ntn_wrong';
    },
    names: /NOTION_TOKEN/,
    mend: byVariables,
  },
  token: { provoke: () => undefined, undo: () => undefined },
  capability_missing: {
    provoke: ({ notion }) => notion.workspace.addIntegration(notion.token, 'Lockstep', { insert: false }),
    names: /tick «Insert content»/,
    mend: ({ notion }) => notion.workspace.addIntegration(notion.token, 'Lockstep'),
  },
  clock_skew: {
    provoke: ({ notion }) => notion.workspace.clock.advance(600_000),
    names: /timedatectl set-ntp true/,
    mend: ({ notion }) => notion.workspace.clock.advance(-600_000),
  },
  not_found: {
    provoke: ({ notion }) => notion.workspace.unshare(tasks.databaseId),
    names: /share the database .*NOTION_TASKS_DATABASE_ID/,
    mend: ({ notion }) => notion.workspace.share(tasks.databaseId),
  },
  database_trashed: {
    provoke: ({ notion }) => notion.workspace.trashDatabase('Goals'),
    names: /restore the database/,
    mend: ({ notion }) => notion.workspace.restoreDatabase('Goals'),
  },
  data_source_unclear: {
    provoke: ({ notion: { workspace } }) => {
      first = workspace.dataSource('Goals').id;
      second = workspace.addDataSource(goals.databaseId, { title: 'Goals' });
    },
    names: /NOTION_GOALS_DATABASE_ID/,
    mend: ({ env }) => {
      env.NOTION_GOALS_DATABASE_ID = first;
    },
    cleanUp: async ({ notion }) => notion.workspace.trashDataSource(second),
  },
  property_missing: {
    provoke: ({ notion }) => notion.workspace.deleteProperty('Tasks', 'Due Date'),
    names: /^lockstep doctor --fix$/,
    mend: byFix,
  },
  property_retyped: {
    provoke: ({ notion }) => notion.workspace.retypeProperty('Tasks', 'Notes', { number: {} }),
    names: /give it its type again/,
    mend: ({ notion }) => notion.workspace.retypeProperty('Tasks', 'Notes', { rich_text: {} }),
  },
  property_renamed: {
    provoke: async (world) => {
      await remember(world);
      world.notion.workspace.renameProperty('Tasks', 'Priority', 'Urgency');
    },
    undo: async (world) => {
      world.notion.workspace.renameProperty('Tasks', 'Urgency', 'Priority');
      await forget(world);
    },
  },
  property_unmapped: {
    provoke: ({ notion }) => notion.workspace.addProperty('Tasks', 'Mood', { select: {} }),
    undo: ({ notion }) => notion.workspace.deleteProperty('Tasks', 'Mood'),
  },
  sync_key_missing: {
    provoke: ({ notion }) => notion.workspace.deleteProperty('Tasks', 'Sync Key'),
    names: /^lockstep doctor --fix$/,
    mend: byFix,
  },
  sync_key_retyped: {
    provoke: ({ notion }) => notion.workspace.retypeProperty('Tasks', 'Sync Key', { number: {} }),
    names: /make it a text property/,
    mend: ({ notion }) => notion.workspace.retypeProperty('Tasks', 'Sync Key', { rich_text: {} }),
  },
  relation_target: {
    provoke: ({ notion: { workspace } }) => {
      const data_source_id = workspace.dataSource('Games Backlog').id;
      workspace.deleteProperty('Notes', 'Project');
      workspace.addProperty('Notes', 'Project', { relation: { data_source_id, single_property: {} } });
    },
    names: /delete the property in Notion, and run lockstep doctor --fix/,
    mend: (world) => {
      world.notion.workspace.deleteProperty('Notes', 'Project');
      return byFix(world);
    },
  },
  option_missing: {
    provoke: ({ notion }) => notion.workspace.deleteOption('Tasks', 'Priority', 'Low'),
    names: /^lockstep doctor --fix$/,
    mend: byFix,
  },
  option_renamed: {
    provoke: async (world) => {
      await remember(world);
      world.notion.workspace.renameOption('Tasks', 'Status', 'Cancelled', 'Dropped');
    },
    names: /rename "Dropped" back to "Cancelled"/,
    mend: ({ notion }) => notion.workspace.renameOption('Tasks', 'Status', 'Dropped', 'Cancelled'),
    cleanUp: forget,
  },
};
