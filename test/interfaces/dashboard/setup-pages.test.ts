import { describe, expect, test } from 'vitest';
import { syncs } from '../../../src/cycle/sync-names.ts';
import { personalCalendar, workCalendar } from '../../../src/entities/calendars.ts';
import { computed, type Entity, multiSelect, number, title } from '../../../src/entities/define.ts';
import { projects } from '../../../src/entities/projects.ts';
import { tasks } from '../../../src/entities/tasks.ts';
import { mappingsPage } from '../../../src/interfaces/dashboard/pages/setup.ts';
import { mappingPage } from '../../../src/interfaces/dashboard/pages/setup-entity.ts';
import type { EntityMapping } from '../../../src/operations/setup/mapping/read-mappings.ts';
import { expectHarmless, HOSTILE, textOf } from './hostile.ts';
import { view } from './support.ts';

const DATABASE = '2f865bc2-3a65-80d9-b631-eef92b30c5ce';
const SOURCE = '11111111-2222-4333-8444-555555555555';

/** As the last sync found it: "Todo" has a different name now, and there is an option that nobody declared. */
const source: NonNullable<EntityMapping['source']> = {
  ...{ configuredId: DATABASE, id: SOURCE, syncKey: 'key' },
  properties: {
    title: { id: 't', type: 'title' },
    status: {
      ...{ id: 's', type: 'status' },
      options: { a: 'Open', b: 'In Progress', c: 'Done', d: 'Cancelled', e: 'Someday' },
      namesInNotion: { c: 'Gotowe' },
      declared: { Todo: 'a', 'In Progress': 'b', Done: 'c', Cancelled: 'd' },
    },
  },
};

const mappingOf = (different: Partial<EntityMapping> = {}): EntityMapping => ({
  ...{ entity: tasks, source: null },
  columnTypes: new Map([
    ['title', 'text'],
    ['status', 'text'],
    ['due_date', 'date'],
    ['due_time', 'time without time zone'],
    ['task_tags.task_id', 'uuid'],
    ['task_tags.tag_id', 'uuid'],
  ]),
  ...different,
});

const listOf = (different: object = {}) =>
  mappingsPage(
    {
      mappings: { workspaceName: 'Acme', entities: [mappingOf({ source })] },
      ...{ syncs: syncs(), featuresOff: [], definition: null },
      ...different,
    },
    view,
  ).text;

const shown = (mapping: EntityMapping, definition: string | null = null): string =>
  mappingPage({ mapping, syncs: syncs(), definition }, view).text;

describe('the list of entities', () => {
  test('names the workspace, each database and its syncs', () => {
    const page = listOf();
    const text = textOf(page);
    expect(text).toContain('synced with the Notion workspace Acme.');
    expect(text).toContain('tasks Tasks tasks 8');
    expect(text).toContain('Notion → SQL tasks-notion-to-sql SQL → Notion tasks-sql-to-notion tasks');
    expect(page).toContain('href="https://www.notion.so/2f865bc23a6580d9b631eef92b30c5ce"');
    expect(page).toContain('href="/setup/entities/tasks"');
    expect(page).toContain('<a href="/setup" aria-current="page">Setup</a>');
    expect(page).toContain('<a href="/setup" aria-current="page">Mapping</a>');
    expect(textOf(listOf({ mappings: { workspaceName: null, entities: [] } }))).toContain('No sync has run yet');
  });

  test('the work calendar is only read', () => {
    const calendars = [personalCalendar, workCalendar].map((entity) => mappingOf({ entity }));
    const text = textOf(listOf({ mappings: { workspaceName: 'Acme', entities: calendars } }));
    expect(text).toContain(
      'Google Calendar: personal calendar_events 9 Google → SQL calendar-google-to-sql SQL → Google',
    );
    expect(text).toContain('Google Calendar: work_readonly calendar_events 9 Google → SQL calendar-google-to-sql –');
  });

  test('says where to change it, and which features are off', () => {
    expect(textOf(listOf())).toContain('lockstep add-entity adds a database of yours');
    expect(textOf(listOf({ definition: '/srv/lockstep.config.ts' }))).toContain('edit /srv/lockstep.config.ts, run');
    const featuresOff = [{ feature: 'para', missing: ['an entity with the role "tags"'] }];
    expect(textOf(listOf({ featuresOff }))).toContain('para: the definition turns it on with an entity with the role');
  });

  test('has no link where only the id of a data source is known', () => {
    const entities = [mappingOf({ source: { ...source, configuredId: SOURCE } }), mappingOf()];
    expect(listOf({ mappings: { workspaceName: 'Acme', entities } })).not.toContain('notion.so');
  });

  test('escapes hostile content', () => {
    const entity: Entity = { ...tasks, name: HOSTILE, title: HOSTILE, table: HOSTILE, role: HOSTILE };
    const featuresOff = [{ feature: HOSTILE, missing: [HOSTILE] }];
    const mappings = { workspaceName: HOSTILE, entities: [mappingOf({ entity, source })] };
    expectHarmless(listOf({ mappings, featuresOff, definition: HOSTILE }));
  });
});

describe('the mapping of an entity', () => {
  test('shows the column and direction of each property', () => {
    const text = textOf(shown(mappingOf()));
    expect(text).toContain('Title title title text Notion ⇄ SQL –');
    expect(text).toContain('Due Date date due_date date due_time time without time zone Notion ⇄ SQL –');
    expect(text).toContain(
      'Tags relation task_tags.task_id uuid task_tags.tag_id uuid Notion ⇄ SQL a relation to many of',
    );
    expect(text).toContain('Project relation project_id (missing)');
    expect(text).toContain('a relation to one of projects; two-way: its other side is &quot;Tasks&quot;');
    expect(text).toContain('Not read yet');
  });

  test('a computed property only goes into SQL, and the other side of a relation is not stored', () => {
    const fields = {
      name: title('Name'),
      score: computed('Score', 'number'),
      rank: number('Rank', { min: 1, max: 5 }),
    };
    const text = textOf(shown(mappingOf({ entity: { ...tasks, fields } })));
    expect(text).toContain('Score computed score (missing) Notion → SQL computed in Notion');
    expect(text).toContain('Notion ⇄ SQL at least 1; at most 5');
    expect(textOf(shown(mappingOf({ entity: projects })))).toContain('not stored the other side of');
    expect(textOf(shown(mappingOf({ entity: workCalendar })))).toContain('summary text summary (missing) Google → SQL');
  });

  test('shows the current name of each option, and those that only Notion has', () => {
    const text = textOf(shown(mappingOf({ source })));
    expect(text).toContain('Status status status text');
    expect(text).toContain('Todo Open Open default of a row that is inserted in SQL');
    expect(text).toContain('Done Gotowe Done left out of active_tasks');
    expect(text).toContain('Cancelled Cancelled Cancelled archives the record');
    expect(text).toContain('– Someday Someday not in the definition');
    expect(text).toContain('Low not known – –');
    expect(text).toContain('not found in Notion when it was last read');
    const entity = { ...tasks, roleFields: { status: 'status' }, roleOptions: { status: { Doing: 'In Progress' } } };
    expect(textOf(shown(mappingOf({ entity })))).toContain(
      `In Progress not known – the role's option`.replace("'", '&#39;'),
    );
  });

  test('escapes hostile content', () => {
    const fields = { name: title(HOSTILE), [HOSTILE]: multiSelect(HOSTILE, [HOSTILE]) };
    const entity: Entity = { ...tasks, name: HOSTILE, title: HOSTILE, table: HOSTILE, role: HOSTILE, fields };
    const properties = {
      [HOSTILE]: { id: 'x', type: HOSTILE, options: { a: HOSTILE }, declared: { [HOSTILE]: 'a' } },
    };
    const columnTypes = new Map([[HOSTILE, HOSTILE]]);
    expectHarmless(shown({ entity, source: { ...source, id: HOSTILE, properties }, columnTypes }, HOSTILE));
  });
});
