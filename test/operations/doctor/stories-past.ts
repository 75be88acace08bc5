import { expect } from 'vitest';
import { ME } from '../../../packages/google-emulator/test/support.ts';
import { saveDataSource } from '../../../src/database/sources.ts';
import { personalCalendar } from '../../../src/entities/calendars.ts';
import { applyTaskEvents } from '../../../src/features/task-events/sync-task-events.ts';
import { calendarEvents } from '../../../src/google/calendar-events.ts';
import { GoogleApi } from '../../../src/google/google-api.ts';
import { emptyTally, engineContext } from '../../../src/runtime/sync-context.ts';
import { syncInbound } from '../../../src/sync/inbound.ts';
import { syncOutbound } from '../../../src/sync/outbound.ts';
import { byFix, bySql, type Deployment, type Stories, unnoticed } from './deployment.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const TASK = id(1);
const EVENT = id(2);

const triggerTasks = (deployment: Deployment) =>
  deployment.withServices(({ database, config }) =>
    applyTaskEvents(database, { cycleId: 'cycle-1', now: new Date(), timeZone: config.timeZone }),
  );

/** Runs the three calendar syncs without Temporal. */
async function syncCalendar(deployment: Deployment): Promise<void> {
  await deployment.withServices(async (services) => {
    const { database, google, grants, config } = services;
    const sourceId = config.google.personalCalendarId;
    const source = { configuredId: sourceId, id: sourceId, properties: {}, syncKey: null };
    await saveDataSource(database, personalCalendar, source);
    const api = new GoogleApi(google, 'personal', grants);
    const remote = calendarEvents({ api, calendarId: sourceId, timeZone: config.timeZone });
    const { signal } = new AbortController();
    const options = { entity: personalCalendar, remote, sourceId, cycleId: 'c', signal, progress: () => undefined };
    const context = engineContext(services, { ...options, tally: emptyTally() });
    await syncInbound(context);
    await applyTaskEvents(database, { cycleId: 'cycle-1', now: new Date(), timeZone: config.timeZone });
    await syncOutbound(context);
  });
}

/** Clears the rows and the sync state in PostgreSQL; Notion and Google keep their records. */
async function clear(deployment: Deployment): Promise<void> {
  const tables = ['tasks', 'tags', 'task_tags', 'calendar_events', 'task_events', 'sync_state', 'sync_outbox'];
  const others = ['pending_links', 'creation_intents', 'sync_sources'];
  await deployment.user.query(`TRUNCATE ${[...tables, ...others].join(', ')}`);
}

/** The sync state of a page that was created in that minute. */
const twin = (entity: string, n: number, minute: number, base: object): string[] => [
  `INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, page_created_at, page_edited_at)
    VALUES ('${entity}', '${id(n)}', 'page-${n}', '${JSON.stringify(base)}', false, false, '2026-11-01T09:0${minute}Z', '2026-11-01T09:0${minute}Z')`,
];

/** A row whose page was in the trash when it was read last, and that was restored in SQL. */
const restoredRow = (n: number, page: string): string[] => [
  `INSERT INTO tasks (id, notion_page_id, title, status) VALUES ('${id(n)}', '${page}', 'Restored ${n}', 'Cancelled')`,
  `INSERT INTO sync_state (entity, record_id, page_id, base, archived, trashed, status_before_archive, page_created_at, page_edited_at)
    VALUES ('tasks', '${id(n)}', '${page}', '{}', true, true, 'In Progress', now(), now())`,
];

export const pastStories: Stories<
  | 'duplicates'
  | 'all_day_inexact'
  | 'task_event_day'
  | 'event_orphaned'
  | 'event_unknown'
  | 'relation_cut'
  | 'page_deleted'
> = {
  duplicates: {
    provoke: (deployment) =>
      unnoticed(
        deployment,
        ...[10, 11].map(
          (n) => `INSERT INTO tasks (id, notion_page_id, title) VALUES ('${id(n)}', 'page-${n}', 'Pay the rent')`,
        ),
        ...[10, 11].flatMap((n) => twin('tasks', n, n - 10, { title: 'Pay the rent' })),
      ),
    expectedFix: /^UPDATE tasks SET archived_at = now\(\) WHERE id IN \('00000000-0000-4000-8000-000000000011'\);/,
    fix: bySql,
    cleanUp: clear,
  },
  all_day_inexact: {
    provoke: ({ user }) =>
      user.query(
        "INSERT INTO calendar_events (summary, all_day, start_time, end_time) VALUES ('Fair', true, '2030-03-01T00:00Z', '2030-03-01T00:00Z')",
      ),
    expectedFix:
      /^UPDATE calendar_events SET start_time = '2030-03-01T00:00:00.000Z', end_time = '2030-03-02T00:00:00.000Z'/,
    fix: bySql,
    cleanUp: clear,
  },
  task_event_day: {
    provoke: ({ user }) =>
      user.query(`INSERT INTO tasks (id, title, due_date) VALUES ('${TASK}', 'Pay', '2030-03-02');
        INSERT INTO calendar_events (summary, source_task_id, all_day, start_time, end_time)
        VALUES ('Pay', '${TASK}', true, '2030-03-01T00:00Z', '2030-03-02T00:00Z')`),
    expectedFix:
      /^UPDATE calendar_events SET start_time = '2030-03-02T00:00:00.000Z', end_time = '2030-03-03T00:00:00.000Z'/,
    fix: bySql,
    check: async (deployment) => {
      await triggerTasks(deployment);
      const { rows } = await deployment.user.query('SELECT due_date::text FROM tasks');
      expect(rows).toEqual([{ due_date: '2030-03-02' }]);
    },
    cleanUp: clear,
  },
  event_orphaned: {
    provoke: ({ user }) =>
      user.query(`INSERT INTO calendar_events (summary, source_task_id, start_time, updated_at)
        VALUES ('Of nothing', '${TASK}', '2030-03-01T09:00Z', now() - interval '1 hour')`),
    expectedFix: /^lockstep sync calendar-task-trigger$/,
    fix: triggerTasks,
    cleanUp: clear,
  },
  event_unknown: {
    provoke: async (deployment) => {
      await deployment.user.query(`INSERT INTO calendar_events (id, summary, source_task_id, all_day, start_time, end_time)
        VALUES ('${EVENT}', 'Forgotten', '${TASK}', true, '2030-03-01T00:00Z', '2030-03-02T00:00Z')`);
      await deployment.user.query(
        `INSERT INTO tasks (id, title, due_date) VALUES ('${TASK}', 'Forgotten', '2030-03-01')`,
      );
      await syncCalendar(deployment);
      expect(deployment.google.handle.events(ME)).toMatchObject([{ summary: 'Forgotten', status: 'confirmed' }]);
      // As after restoring an older backup that contains neither.
      const lost = ['tasks', 'task_events', 'calendar_events', 'sync_state', 'sync_outbox'];
      await unnoticed(deployment, ...lost.map((table) => `DELETE FROM ${table}`));
    },
    expectedFix: /^lockstep doctor --fix: the next cycle/,
    fix: byFix,
    check: async (deployment) => {
      await syncCalendar(deployment);
      expect(deployment.google.handle.events(ME)).toMatchObject([{ summary: 'Forgotten', status: 'cancelled' }]);
    },
    cleanUp: clear,
  },
  page_deleted: {
    provoke: async (deployment) => {
      const inTrash = deployment.notion.workspace.createPage('Tasks', { Title: 'Restored 20' });
      deployment.notion.workspace.trashPage(inTrash);
      const deleted = '99999999-3a65-4055-8b36-ea0f30871fe3';
      await unnoticed(deployment, ...restoredRow(20, inTrash), ...restoredRow(21, deleted));
    },
    expectedFix: /^lockstep doctor --fix$/,
    fix: byFix,
    check: async ({ user }) => {
      const { rows } = await user.query(
        `SELECT t.id, status, t.notion_page_id LIKE 'sql:%' AS new, EXISTS (SELECT FROM sync_outbox o WHERE o.record_id = t.id) AS sent,
           EXISTS (SELECT FROM sync_state s WHERE s.record_id = t.id) AS known FROM tasks t ORDER BY t.id`,
      );
      expect(rows).toEqual([
        { id: id(20), status: 'Cancelled', new: false, sent: false, known: true },
        { id: id(21), status: 'In Progress', new: true, sent: true, known: false },
      ]);
    },
    cleanUp: clear,
  },
  relation_cut: {
    provoke: async (deployment) => {
      const { workspace } = deployment.notion;
      const tags = Array.from({ length: 30 }, (_, n) => workspace.createPage('Tags', { Name: `Tag ${n}` }));
      const page = workspace.createPage('Tasks', { Title: 'Much', Tags: tags });
      await unnoticed(
        deployment,
        ...tags.map((tag, n) => `INSERT INTO tags (id, notion_page_id, name) VALUES ('${id(100 + n)}', '${tag}', 'x')`),
        `INSERT INTO tasks (id, notion_page_id, title) VALUES ('${TASK}', '${page}', 'Much')`,
        ...tags.slice(0, 25).map((_, n) => `INSERT INTO task_tags VALUES ('${TASK}', '${id(100 + n)}')`),
      );
    },
    expectedFix: /^lockstep doctor --fix$/,
    fix: byFix,
    check: async (deployment) => {
      const { rows } = await deployment.user.query('SELECT count(*)::int AS links FROM task_tags');
      expect(rows).toEqual([{ links: 30 }]);
    },
    cleanUp: clear,
  },
};
