import { describe, expect, test } from 'vitest';
import { entities } from '../../../src/entities/index.ts';
import { barChart } from '../../../src/interfaces/dashboard/charts.ts';
import { html } from '../../../src/interfaces/dashboard/html.ts';
import { conflictPage } from '../../../src/interfaces/dashboard/pages/conflict.ts';
import { conflictsPage } from '../../../src/interfaces/dashboard/pages/conflicts.ts';
import { entityPage } from '../../../src/interfaces/dashboard/pages/entity.ts';
import { REASONS } from '../../../src/interfaces/dashboard/pages/kept-conflicts.ts';
import { overviewPage } from '../../../src/interfaces/dashboard/pages/overview.ts';
import { temporalLinks } from '../../../src/interfaces/dashboard/temporal-links.ts';
import type { DecidableField } from '../../../src/operations/history/choose-versions.ts';
import type { StoredConflict } from '../../../src/operations/history/conflicts.ts';
import { entityHealths } from '../../../src/operations/status/verdict.ts';
import { ESCAPED, expectHarmless, HOSTILE, textOf } from './hostile.ts';
import { conflictOf, healthOf, lastRun, minutesAgo, NOW, runOf, untouched, view, waitingOf } from './support.ts';

describe('html', () => {
  test('escapes values, in text and in attributes', () => {
    expect(html`<a title="${HOSTILE}">${HOSTILE}</a>`.text).toBe(`<a title="${ESCAPED}">${ESCAPED}</a>`);
  });

  test('inserts markup unchanged, joins lists, and omits only empty values', () => {
    expect(html`<ul>${[1, 2].map((n) => html`<li>${n}</li>`)}</ul>${null}${undefined}${false}${''}${0}`.text).toBe(
      '<ul><li>1</li><li>2</li></ul>0',
    );
  });

  test('refuses an object that only looks like markup', () => {
    const forged = { text: '<b>' };
    expect(() => html`${forged as unknown as string}`).toThrow();
  });
});

describe('the overview', () => {
  const cycle = {
    cycleId: 'c',
    finishedAt: minutesAgo(3),
    durationMs: 12_000,
    changed: 4,
    requests: 20,
    failed: 0,
    syncs: 21,
  };
  const temporal = { schedule: 'every ten minutes', isPaused: false, open: [], progress: new Map() };

  test('says that all syncs are healthy, and how fresh each entity is', () => {
    const text = textOf(overviewPage({ health: healthOf(), cycles: [cycle], temporal, started: null }, view).text);
    expect(text).toContain('All syncs healthy.');
    expect(text).toContain('tasks ✓ ok 3 min ago 3 min ago nothing');
    expect(text).toContain('12 of 180 requests to Notion in the last minute');
    expect(text).toContain('0 open conflicts');
    expect(text).toContain('last 12.0 s');
  });

  test('shows each failure once with its reason, and the age of the data', () => {
    const failed = {
      last: lastRun({ status: 'failed', message: 'tasks has no Status' }),
      lastSuccessAt: minutesAgo(180),
    };
    const health = healthOf(
      { 'tasks-notion-to-sql': failed, 'tasks-sql-to-notion': failed },
      { pending: new Map([['tasks', waitingOf({ edits: 2, conflicts: 1 })]]) },
    );
    const text = textOf(overviewPage({ health, cycles: [], temporal, started: null }, view).text);
    expect(text).toContain(`1 of ${entities.length + 1} need attention: tasks ✗ failed failed, 1 open conflict`);
    expect(text).toContain('Notion → SQL: 3 h ago SQL → Notion: 3 h ago');
    expect(text).toContain('Resolve 1 conflict See its runs Ask the doctor');
    expect(text.indexOf('need attention')).toBeLessThan(text.indexOf('The other entities'));
    expect(text).not.toMatch(/The other entities.* tasks /);
    expect(text).toContain('Pending 2 pending edits');
    expect(text.match(/tasks has no Status/g)).toHaveLength(1);
    expect(text).toContain('No cycle has run yet.');
  });

  test('distinguishes stale syncs from those that never ran', () => {
    const stale = { last: lastRun({ finishedAt: minutesAgo(26) }), lastSuccessAt: minutesAgo(26) };
    const old = overviewPage(
      { health: healthOf({ 'tags-notion-to-sql': stale }), cycles: [], temporal, started: null },
      view,
    );
    expect(textOf(old.text)).toContain('tags ! stale');
    const fresh = overviewPage({ health: untouched(), cycles: [], temporal: 'Temporal is away', started: null }, view);
    expect(textOf(fresh.text)).toContain('No sync has run yet.');
    expect(textOf(fresh.text)).toContain('Schedule Temporal is away');
  });

  test('shows what is open, waits for the cycle lock, is tried again, or cannot go on', () => {
    const workflow = { type: 'syncCycle', since: minutesAgo(9), failingTask: null, waitsForLock: false, retries: [] };
    const open = [
      { ...workflow, workflowId: 'first', failingTask: 'no such workflow' },
      { ...workflow, workflowId: 'first/inbound', type: 'inboundSync', retries: ['syncInbound, attempt 4: no answer'] },
      { ...workflow, workflowId: 'second', waitsForLock: true },
    ];
    const facts = { health: healthOf(), cycles: [], temporal: { ...temporal, open }, started: null };
    expect(textOf(overviewPage(facts, view).text)).toContain(
      [
        ...['Now Running: first, started 9 min ago', 'its workflow task fails again and again: no such workflow'],
        ...['trying again: syncInbound, attempt 4: no answer', 'Waiting for the cycle lock: second, started 9 min ago'],
      ].join(' '),
    );
  });

  test('shows the progress of a running cycle, and when it ends if others as large have run', () => {
    const workflow = { type: 'syncCycle', since: minutesAgo(1), failingTask: null, waitsForLock: false, retries: [] };
    const now = (total: number) => {
      const progress = new Map([['first', { done: 5, total }]]);
      const state = { ...temporal, open: [{ ...workflow, workflowId: 'first' }], progress };
      const past = [9_000, 1_000, 77_000, 999_000].map((durationMs) => ({ ...cycle, durationMs }));
      const cycles = [...past, { ...cycle, syncs: 3, durationMs: 5_000 }];
      return textOf(overviewPage({ health: healthOf(), cycles, temporal: state, started: null }, view).text);
    };
    expect(now(21)).toContain('Running: first, started 1 min ago, 5 of 21 syncs done, about 20 s left');
    expect(now(3)).toContain('5 of 3 syncs done, longer than usual');
    expect(now(22)).toContain('5 of 22 syncs done Budget');
  });

  test('links to the started workflow when the Web UI is known', () => {
    const started = 'lockstep-sync-2026-11-25T20:08:31.000Z-abcdef';
    const facts = { health: healthOf(), cycles: [], temporal, started };
    expect(overviewPage(facts, view).text).toContain(`workflow ${started}`);
    const links = temporalLinks('http://127.0.0.1:8233', 'default');
    expect(overviewPage(facts, { ...view, temporal: links }).text).toContain(
      'href="http://127.0.0.1:8233/namespaces/default/workflows?query=WorkflowId%3D%22lockstep-sync-2026',
    );
  });
});

describe('the page of an entity', () => {
  const tasks = (health = healthOf()) => {
    const found = entityHealths(health).find(({ entity }) => entity === 'tasks');
    return found ?? expect.fail('no tasks');
  };

  test('is readable before anything has run', () => {
    const text = textOf(entityPage({ health: tasks(untouched()), runs: [], waiting: [], failed: [] }, view).text);
    expect(text).toContain('None. The last runs synced every record.');
    expect(text).toContain('Nothing pending.');
    expect(text).toContain('Recent runs None yet.');
  });

  test('says whether both sides are in sync, and what differs', () => {
    const certificate = {
      ...{ at: minutesAgo(4).toISOString(), records: 110, hashes: { sql: 'abc', remote: 'def' }, differing: 1 },
      named: [{ record: 'r-1', fields: ['title'], why: HOSTILE }],
    };
    const health = tasks(healthOf({}, { consistencyChecks: new Map([['tasks', certificate]]) }));
    const page = entityPage({ health, runs: [], waiting: [], failed: [] }, view).text;
    expectHarmless(page);
    expect(textOf(page)).toContain('Not in sync: 1 of 110 differ, checked 4 min ago . In SQL abc In Notion def');
    expect(textOf(page)).toContain('r-1 title');
  });

  test('escapes titles, messages and names of hostile records', () => {
    const row = { recordId: 'r', title: HOSTILE, isNew: true, creationSince: null };
    const failed = { syncName: 'x', finishedAt: NOW, code: HOSTILE, message: HOSTILE, record: HOSTILE, title: HOSTILE };
    const runs = [runOf({ errors: [{ code: 'x', message: HOSTILE, record: null }], cycle_id: HOSTILE })];
    for (const facts of [
      { waiting: [row], failed: [], runs: [] },
      { waiting: [], failed: [failed], runs: [] },
      { waiting: [], failed: [], runs },
    ]) {
      expectHarmless(entityPage({ health: tasks(), ...facts }, view).text);
    }
  });

  test('says why a row is pending', () => {
    const row = { recordId: 'r', title: 'Buy milk', isNew: false, creationSince: null };
    const waiting = [
      row,
      { ...row, isNew: true },
      { ...row, isNew: true, creationSince: minutesAgo(5) },
      { ...row, title: null },
    ];
    const text = textOf(entityPage({ health: tasks(), runs: [], waiting, failed: [] }, view).text);
    expect(text).toContain('Buy milk r Edited in SQL');
    expect(text).toContain('New; its page');
    expect(text).toContain('Creating page since 5 min ago');
    expect(text).toContain('(untitled) r Deleted in SQL; will be restored');
  });

  test('names Google for the calendar, and its trigger', () => {
    const calendar = entityHealths(healthOf()).find(({ entity }) => entity === 'calendar_events');
    const health = calendar ?? expect.fail('no calendar');
    const text = textOf(entityPage({ health, runs: [], waiting: [], failed: [] }, view).text);
    expect(text).toContain('Google → SQL');
    expect(text).toContain('Tasks → events');
    expect(text).not.toContain('Notion → SQL');
  });
});

const fieldOf = (different: Partial<DecidableField>): DecidableField => ({
  ...{ name: 'title', current: null, remote: undefined, sql: undefined },
  ...{ isChangedSince: false, isTyped: false, options: null },
  ...different,
});

describe('the conflicts', () => {
  test('can be chosen while they are open, and resolved with a side that they have', () => {
    const event = conflictOf({ id: 'event', entity: 'calendar_events', winner: 'google' });
    const resolved = conflictOf({ id: 'resolved', resolvedAt: minutesAgo(2) });
    const list = { all: true, limit: 200, kept: null };
    const page = (conflicts: StoredConflict[]): string => conflictsPage({ conflicts, ...list }, view).text;
    expect(textOf(page([conflictOf(), event, resolved]))).toContain('Keep SQL Keep Notion Keep Google');
    expect(textOf(page([event]))).not.toContain('Keep Notion');
    expect(page([event, resolved]).match(/type="checkbox"/g)).toHaveLength(1);
    expect(page([resolved])).not.toContain('name="keep"');
  });

  test('say how many were resolved, and why others were not', () => {
    const reasons = [{ reason: REASONS.changed_since ?? '', conflict: conflictOf() }];
    const page = conflictsPage({ conflicts: [], all: false, limit: 200, kept: { kept: 3, left: 2, reasons } }, view);
    expect(textOf(page.text)).toContain(
      '3 conflicts resolved. 2 conflicts not resolved: Buy oat milk : the record was edited after the conflict: decide on its page; and 1 more.',
    );
  });

  test('start empty', () => {
    const shown = (all: boolean) => textOf(conflictsPage({ conflicts: [], all, limit: 200, kept: null }, view).text);
    expect(shown(false)).toContain('No open conflicts.');
    expect(shown(true)).toContain('No conflicts.');
  });

  test('show the versions side by side, with the titles of linked rows', () => {
    const titles = new Map([['tag-page', 'Errands']]);
    const choice = {
      digest: 'seen',
      fields: [
        fieldOf({ name: 'title', current: 'Buy oat milk', remote: 'Buy oat milk', sql: 'Buy bread', isTyped: true }),
        fieldOf({ name: 'tags', current: ['tag-page', 'new'], remote: ['tag-page'], sql: [], isChangedSince: true }),
        fieldOf({ name: 'status', current: 'Todo', remote: 'Todo', sql: 'Done', isTyped: true, options: ['Todo'] }),
      ],
    };
    const page = conflictPage({ conflict: conflictOf(), titles, choice, done: null }, view).text;
    const text = textOf(page);
    expect(text).toContain('Notion won 1 h ago : Notion was edited later.');
    expect(text).toContain('Field Before Notion (won) SQL (lost)');
    expect(text).toContain('title Buy milk Buy oat milk Buy bread');
    expect(text).toContain('tags – Errands –');
    expect(text).toContain('archived no no yes');
    expect(text).toContain('title SQL: Buy bread Notion: Buy oat milk Another value');
    expect(text).toContain('tags SQL: – Notion: Errands Current: Errands, new edited after the conflict');
    expect(text).toContain('status SQL: Done Notion: Todo Another value – Todo');
    expect(page).toContain('name="use.title" value="remote" checked');
    expect(page).toContain('name="use.tags" value="current" checked');
    expect(page).not.toContain('name="typed.tags"');
    expect(page).toContain('action="/conflicts/4df7a8a6-6d7f-421a-a102-b333e0a57501/resolve"');
    expect(text).toContain('Resolve with these values Keep SQL Keep Notion');
    expect(page).toContain('name="form" value="form-token"');
  });

  test('offer no action once resolved', () => {
    const conflict = conflictOf({ resolvedAt: minutesAgo(2), winner: 'sql' });
    const page = conflictPage({ conflict, titles: new Map(), choice: null, done: 'changed' }, view).text;
    expect(textOf(page)).toContain('Resolved. The next cycle syncs the changed fields.');
    expect(page).not.toContain('method="post"');
  });

  test('escape hostile content', () => {
    const hostile = { fields: { [HOSTILE]: HOSTILE, title: HOSTILE }, archived: false };
    const conflict = conflictOf({ remote: hostile, reason: HOSTILE, pageId: HOSTILE });
    const field = fieldOf({ name: HOSTILE, current: HOSTILE, sql: HOSTILE, isTyped: true, options: [HOSTILE] });
    const choice = { digest: HOSTILE, fields: [field] };
    const kept = { kept: 1, left: 1, reasons: [{ reason: HOSTILE, conflict }] };
    expectHarmless(conflictsPage({ conflicts: [conflict], all: false, limit: 200, kept }, view).text);
    expectHarmless(conflictPage({ conflict, titles: new Map([['tag-page', HOSTILE]]), choice, done: null }, view).text);
  });
});

describe('a chart', () => {
  test('has a table, newest first, and shows every value above 0', () => {
    const { text } = barChart({
      ...{ title: 'Duration', summary: 'of 3 cycles.', headings: ['Finished', 'Duration'] },
      bars: [
        { label: 'first', value: 0, text: 'nothing' },
        { label: 'second', value: 1, text: 'little' },
        { label: 'third', value: 1_000, text: HOSTILE, failed: true },
      ],
    });
    expectHarmless(text);
    const heights = [...text.matchAll(/ height="([\d.]+)">/g)].map(([, height]) => Number(height));
    expect(heights).toEqual([0, 1, 60]);
    expect(text).toContain('class="bar failed"');
    expect(textOf(text.slice(text.indexOf('<tbody>')))).toMatch(/^third .* second little first nothing/);
  });
});

describe('links to Temporal', () => {
  const links = temporalLinks('https://temporal.example/ui', 'my space');
  test('point to a cycle by its run, and to a hint by its workflow', () => {
    expect(links.ofCycle('3f0c')).toBe(
      'https://temporal.example/ui/namespaces/my%20space/workflows?query=RunId%3D%223f0c%22',
    );
    const runId = '0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000';
    expect(links.ofCycle(`lockstep-hint-lockstep-tasks/${runId}/2/pages`)).toBe(
      `https://temporal.example/ui/namespaces/my%20space/workflows/lockstep-hint-lockstep-tasks/${runId}/history`,
    );
  });
});
