import { expect, test } from 'vitest';
import { featuresOffFor } from '../../src/definition/features.ts';
import { builtInRole, roleIn } from '../../src/definition/roles.ts';
import { date, defineEntity, type Entity, select, title } from '../../src/entities/define.ts';
import { entities as builtIn } from '../../src/entities/index.ts';

const tareas = (more: Partial<Entity>): Entity =>
  defineEntity({
    name: 'tareas',
    table: 'tareas',
    databaseId: 'x',
    title: 'Tareas',
    role: 'tasks',
    roleFields: { due_date: 'fecha' },
    fields: {
      titulo: title('Tarea'),
      fecha: date('Fecha', { timeColumn: 'hora' }),
      status: select('Estado', ['Pendiente', 'Hecha']),
    },
    closedStatuses: ['Hecha'],
    ...more,
  });
const missing = (feature: string, entities: readonly Entity[]): readonly string[] =>
  featuresOffFor(entities).find((off) => off.feature === feature)?.missing ?? [];

test('every feature is on with the built-in entities, whose roles are their names', () => {
  expect(featuresOffFor(builtIn)).toEqual([]);
  expect(roleIn(builtIn, 'tasks')).toEqual(builtInRole('tasks'));
});

test('a role turns features on, and its fields have names of the owner', () => {
  expect(missing('task-events', [tareas({})])).toEqual([]);
  expect(missing('life-cycle', [tareas({})])).toEqual([]);
  expect(roleIn([tareas({})], 'tasks')).toMatchObject({ title: 'titulo', fields: { due_date: 'fecha' } });
  expect(missing('para', [tareas({})])).toEqual(['tags']);
});

test('what is missing of a role is named', () => {
  expect(missing('task-events', [])).toEqual(['an entity with the role "tasks" (with due_date)']);
  expect(missing('task-events', [tareas({ roleFields: {} })])).toEqual([
    'a field due_date of the role "tasks" in tareas',
  ]);
  const withoutTime = { ...tareas({}).fields, fecha: date('Fecha') };
  expect(missing('task-events', [tareas({ fields: withoutTime })])).toEqual(['a timeColumn of tareas.fecha']);
  expect(missing('life-cycle', [tareas({ closedStatuses: [] })])).toEqual(['closedStatuses of tareas']);
});
