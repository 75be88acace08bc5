import { describe, expect, test } from 'vitest';
import { workCalendar } from '../../../src/entities/calendars.ts';
import { tasks } from '../../../src/entities/tasks.ts';
import { cyclePage } from '../../../src/interfaces/dashboard/pages/cycle.ts';
import { cyclesPage } from '../../../src/interfaces/dashboard/pages/cycles.ts';
import { recordPage } from '../../../src/interfaces/dashboard/pages/record.ts';
import { recordsPage } from '../../../src/interfaces/dashboard/pages/records.ts';
import { undoPage } from '../../../src/interfaces/dashboard/pages/undo.ts';
import { remoteLink } from '../../../src/interfaces/dashboard/remote-link.ts';
import { temporalLinks } from '../../../src/interfaces/dashboard/temporal-links.ts';
import type { StoredChange } from '../../../src/operations/history/changes.ts';
import type { CycleDiff } from '../../../src/operations/history/cycle-diff.ts';
import type { FieldHistory, RecordHistory } from '../../../src/operations/history/record-history.ts';
import type { CycleSummary } from '../../../src/operations/status/cycle-list.ts';
import { expectHarmless, HOSTILE, textOf } from './hostile.ts';
import { conflictOf, minutesAgo, NOW, runOf, view } from './support.ts';

const ID = 'c1aa28d4-d2e5-44c4-ae87-4fb8972d68bb';
const PAGE = '1f2e3d4c-0000-4000-8000-00000000000a';
const CYCLE = '0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000';
const links = temporalLinks('http://127.0.0.1:8233', 'default');

const titleOf = (title: string) => ({ fields: { title }, archived: false });

const field = (different: Partial<FieldHistory> = {}): FieldHistory => ({
  ...{ field: 'title', value: 'Buy oat milk', agreed: 'Buy oat milk', isSynced: true, setIn: 'notion' },
  ...{ at: minutesAgo(5), before: 'Buy milk', cycleId: CYCLE },
  ...different,
});

const change = (different: Partial<StoredChange> = {}): StoredChange => ({
  ...{ id: 7n, cycleId: CYCLE, entity: 'tasks', recordId: ID, side: 'sql', at: minutesAgo(5) },
  ...{ before: titleOf('Buy milk'), after: titleOf('Buy oat milk') },
  ...different,
});

const historyOf = (different: Partial<RecordHistory> = {}): RecordHistory => ({
  entity: tasks,
  record: {
    ...{ recordId: ID, state: null, intent: null, editSeq: null },
    row: { remoteId: PAGE, fields: {}, computed: {}, archived: false, editedAt: null },
  },
  ...{ title: 'Buy oat milk', fields: [field()], changes: [change()], hasMoreChanges: false, titles: new Map() },
  ...different,
});

const shown = (history: RecordHistory, different: object = {}) =>
  recordPage(
    {
      ...{ history, conflicts: [], link: remoteLink(history, {}), asOf: '', past: null, started: null, reverted: [] },
      ...different,
    },
    { ...view, temporal: links },
  ).text;

describe('the search', () => {
  const list = { text: '', entity: null, names: ['tasks', 'games'], found: [], limit: 50 };
  test('explains itself, says when nothing is found, and links to each record', () => {
    expect(textOf(recordsPage(list, view).text)).toContain('Enter words from a title');
    expect(textOf(recordsPage({ ...list, text: 'milk' }, view).text)).toContain('No title resembles "milk".');
    const found = [{ entity: 'tasks', id: ID, title: 'Buy milk', status: 'Todo' }];
    const page = recordsPage({ ...list, text: 'milk', entity: 'tasks', found }, view).text;
    expect(textOf(page)).toContain('1 record Record Entity Status Buy milk tasks Todo');
    expect(page).toContain(`href="/records/tasks/${ID}"`);
    expect(page).toContain('<option value="tasks" selected>');
  });

  test('escapes hostile content', () => {
    const found = [{ entity: 'tasks', id: HOSTILE, title: HOSTILE, status: HOSTILE }];
    expectHarmless(recordsPage({ ...list, text: HOSTILE, found }, view).text);
  });
});

describe('the page of a record', () => {
  test('shows both versions, who set each field, and where the record is', () => {
    const pending = field({ field: 'notes', agreed: 'old', isSynced: false, setIn: 'sql', cycleId: null });
    const page = shown(historyOf({ fields: [field(), pending] }));
    const text = textOf(page);
    expect(text).toContain('Live, 1 of its fields not synced yet');
    expect(text).toContain('title Buy oat milk same Notion 5 min ago 0190aaaa-bbbb Temporal Buy milk');
    expect(text).toContain('notes Buy oat milk old not synced yet SQL 5 min ago – Buy milk');
    expect(page).toContain('href="https://www.notion.so/1f2e3d4c00004000800000000000000a"');
    expect(page).toContain(`href="/cycles/${CYCLE}"`);
    expect(page).toContain('http://127.0.0.1:8233/namespaces/default/workflows');
  });

  test('lists the changes, each with its undo and the version of its time', () => {
    const page = shown(historyOf());
    expect(textOf(page)).toContain('5 min ago SQL title : Buy milk → Buy oat milk 0190aaaa-bbbb Temporal Show Undo');
    expect(page).toContain(`action="/records/tasks/${ID}/undo"`);
    expect(page).toContain('name="change" value="7"');
    expect(page).toContain(`href="/records/tasks/${ID}?asof=2026-11-25T20%3A03%3A31.000Z#past"`);
    expect(shown(historyOf({ hasMoreChanges: true }))).toContain('The newest 1 changes are shown.');
  });

  test('offers no undo of what was only read, and none in the work calendar', () => {
    const undo = /action="[^"]*undo"/;
    expect(shown(historyOf({ changes: [change({ before: null, after: null })] }))).not.toMatch(undo);
    expect(shown(historyOf({ changes: [change({ before: null, after: null, side: 'notion' })] }))).toMatch(undo);
    expect(shown(historyOf({ entity: workCalendar }))).not.toMatch(undo);
  });

  test('shows an earlier version, and what has changed since', () => {
    const at = { at: minutesAgo(60), cycleId: CYCLE };
    const past = { moment: at, content: titleOf('Buy milk'), recordedSince: null };
    const text = textOf(shown(historyOf(), { asOf: 'x', past }));
    expect(text).toContain('As of the end of cycle 0190aaaa-bbbb, 25 Nov 2026, 20:08:31:');
    expect(text).toContain('title Buy milk Buy oat milk changed');
    expect(textOf(shown(historyOf(), { past: { ...past, content: null } }))).toContain('was not synced yet');
    expect(textOf(shown(historyOf(), { past: { ...past, recordedSince: NOW } }))).toContain('recorded since 25 Nov');
    expect(textOf(shown(historyOf(), { past: 'no cycle begins so' }))).toContain('no cycle begins so');
  });

  test('names its conflicts, and what was just reverted', () => {
    const text = textOf(shown(historyOf(), { conflicts: [conflictOf()], reverted: ['title', 'notes'] }));
    expect(text).toContain('Open conflict 1 h ago : Notion was edited later');
    expect(text).toContain('Reverted: title, notes. The next cycle sends it to Notion.');
  });

  test('escapes hostile content', () => {
    const hostile = historyOf({
      title: HOSTILE,
      fields: [field({ field: HOSTILE, value: HOSTILE, agreed: 'x', isSynced: false, before: HOSTILE })],
      changes: [
        change({ cycleId: HOSTILE, before: titleOf(HOSTILE), after: { fields: { [HOSTILE]: 'x' }, archived: true } }),
      ],
    });
    expectHarmless(shown(hostile, { asOf: HOSTILE, past: HOSTILE, conflicts: [conflictOf({ reason: HOSTILE })] }));
    const past = { moment: { at: NOW, cycleId: HOSTILE }, content: { fields: { [HOSTILE]: HOSTILE }, archived: true } };
    expectHarmless(shown(hostile, { past: { ...past, recordedSince: null }, link: { id: HOSTILE, url: HOSTILE } }));
  });

  test('links to an event only if its calendar has an address', () => {
    const row = { remoteId: 'event1', fields: {}, computed: {}, archived: false, editedAt: null };
    const { record } = historyOf();
    const event = { entity: workCalendar, record: { ...record, row } };
    expect(remoteLink(event, { [workCalendar.name]: 'primary' }).url).toBeNull();
    const url = remoteLink(event, { [workCalendar.name]: 'ana@example.com' }).url ?? '';
    const key = new URL(url).searchParams.get('eid') ?? '';
    expect(Buffer.from(key, 'base64url').toString()).toBe('event1 ana@example.com');
    expect(remoteLink({ ...event, record: { ...record, row: { ...row, remoteId: `sql:${ID}` } } }, {}).id).toBeNull();
  });
});

const summary = (different: Partial<CycleSummary> = {}): CycleSummary => ({
  ...{ cycleId: CYCLE, startedAt: minutesAgo(4), finishedAt: minutesAgo(3), durationMs: 60_000, requests: 5 },
  ...{ created: 0, updated: 0, archived: 0, conflicts: 0, failed: 0, partial: 0, lastId: 7n },
  ...different,
});

describe('the cycles', () => {
  test('fold those that wrote nothing, but none that failed', () => {
    expect(textOf(cyclesPage({ cycles: [], older: null }, view).text)).toContain('No cycle has run yet.');
    const cycles = [
      summary({ updated: 2, conflicts: 1 }),
      ...[14, 24, 34].map((age) => summary({ startedAt: minutesAgo(age), finishedAt: minutesAgo(age - 1) })),
      summary({ failed: 1, startedAt: minutesAgo(44) }),
    ];
    const page = cyclesPage({ cycles, older: '/cycles?before=7' }, { ...view, temporal: links }).text;
    const text = textOf(page);
    expect(text).toContain('25 Nov 2026, 21:04:31 Temporal ✓ ok 60.0 s 2 updated, 1 conflict 5');
    expect(text).toContain('3 cycles without changes, 25 Nov 2026, 20:34:31–20:55');
    expect(text).toContain('✗ failed 1 sync 60.0 s no changes 5');
    expect(page.match(/<tr>/g)).toHaveLength(4);
    expect(page).toContain('href="/cycles?before=7"');
  });

  test('one of them shows what it wrote, record by record, and its syncs', () => {
    const records = [
      { ...change(), createdOn: null, lastId: 7n },
      { ...change({ recordId: PAGE }), ...{ createdOn: 'notion' as const, before: null, after: null, lastId: 8n } },
    ];
    const diff: CycleDiff = {
      ...{ size: { records: 300, bytes: 5, hasMore: false }, records, titles: new Map() },
      recordTitles: new Map([[ID, 'Buy oat milk']]),
    };
    const undone = { undoId: 'undo-1', records: 2 };
    const page = cyclePage({ cycleId: CYCLE, cycle: summary(), runs: [runOf()], diff, undone }, view).text;
    const text = textOf(page);
    expect(text).toContain('Cycle 0190aaaa-bbbb');
    expect(text).toContain('2 records reverted. The next cycle syncs them. Undo it with undo-1 .');
    expect(text).toContain('300 records; the first 2 are shown Preview the undo');
    expect(text).toContain('Buy oat milk tasks title Buy milk Buy oat milk');
    expect(text).toContain(`${PAGE} deleted in SQL tasks Created in Notion`);
    expect(text).toContain('tasks-notion-to-sql ✓ ok');
  });

  test('escape hostile content', () => {
    const record = { ...change({ before: titleOf(HOSTILE) }), createdOn: null, lastId: 7n };
    const diff: CycleDiff = {
      ...{ size: { records: 1, bytes: 5, hasMore: false }, records: [record], titles: new Map() },
      recordTitles: new Map([[ID, HOSTILE]]),
    };
    const facts = { cycleId: HOSTILE, cycle: summary(), runs: [], diff, undone: { undoId: HOSTILE, records: 1 } };
    expectHarmless(cyclePage(facts, { ...view, temporal: links }).text);
    expectHarmless(cyclesPage({ cycles: [summary({ cycleId: HOSTILE, updated: 1 })], older: HOSTILE }, view).text);
  });
});

describe('the preview of an undo', () => {
  const result = { entity: 'tasks', recordId: ID, undone: ['title'], isArchived: false, skipped: null };
  test('lists what would be reverted, archived and skipped', () => {
    const records = [
      result,
      { ...result, undone: ['archived'], isArchived: true },
      { ...result, undone: [], skipped: 'the row was deleted' },
    ];
    const plan = { records, archiveRoom: new Map([['tasks', 0]]) };
    const page = undoPage({ cycleId: CYCLE, plan, titles: new Map([[ID, 'Buy milk']]) }, view).text;
    const text = textOf(page);
    expect(text).toContain('2 of 3 records would be reverted, 1 of them archived.');
    expect(text).toContain('The pages of 1 records of tasks wait for an approval, since only 0 may be archived now.');
    expect(text).toContain('Buy milk tasks the row was deleted');
    expect(page).toContain(`action="/cycles/${CYCLE}/undo"`);
    expect(textOf(page)).toContain('Undo 2 records');
  });

  test('has no button when nothing can be reverted', () => {
    const plan = { records: [{ ...result, undone: [] }], archiveRoom: new Map() };
    expect(undoPage({ cycleId: CYCLE, plan, titles: new Map() }, view).text).not.toContain('method="post"');
    expect(textOf(undoPage({ cycleId: CYCLE, plan: 'too large', titles: new Map() }, view).text)).toContain(
      'too large',
    );
  });

  test('escapes hostile content', () => {
    const plan = {
      records: [{ ...result, undone: [HOSTILE], skipped: HOSTILE }],
      archiveRoom: new Map([[HOSTILE, 0]]),
    };
    expectHarmless(undoPage({ cycleId: HOSTILE, plan, titles: new Map([[ID, HOSTILE]]) }, view).text);
  });
});
