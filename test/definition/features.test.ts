import { expect, test } from 'vitest';
import { featuresOffFor } from '../../src/definition/features.ts';
import { dateIn, finishedStatuses, optionIn, optionsIn, toColumns } from '../../src/definition/role-fields.ts';
import { builtInRole, ROLES, type RoleName, type RoleShape, roleIn } from '../../src/definition/roles.ts';
import {
  date,
  defineEntity,
  type Entity,
  number,
  relationToMany,
  relationToOne,
  richText,
  select,
  title,
} from '../../src/entities/define.ts';
import { entities as builtIn } from '../../src/entities/index.ts';

const own = (name: string, more: Pick<Entity, 'fields'> & Partial<Entity>): Entity =>
  defineEntity({ name, table: name, databaseId: 'x', title: name, ...more });
const tareas = (more: Partial<Entity>): Entity =>
  own('tareas', {
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
const proyectos = own('proyectos', { role: 'projects', fields: { nombre: title('Nombre') } });
const notas = (to: string): Entity =>
  own('notas', {
    role: 'notes',
    roleFields: { project_id: 'proyecto_id', tags: 'etiquetas' },
    fields: {
      titulo: title('Título'),
      proyecto_id: relationToOne('Proyecto', to),
      etiquetas: relationToMany('Etiquetas', 'proyectos', 'nota_etiquetas', ['nota_id', 'etiqueta_id']),
    },
  });
const etiquetas = (more: Partial<Entity>): Entity =>
  own('etiquetas', {
    role: 'tags',
    roleFields: { type: 'tipo', parent_id: 'madre_id' },
    roleOptions: { type: { Area: 'Área', Resource: 'Recurso' } },
    fields: {
      nombre: title('Nombre'),
      tipo: select('Tipo', ['Área', 'Recurso']),
      madre_id: relationToOne('Madre', 'etiquetas'),
    },
    ...more,
  });
const missing = (feature: string, entities: readonly Entity[]): readonly string[] =>
  featuresOffFor(entities).find((off) => off.feature === feature)?.missing ?? [];

test('every feature is on with the built-in entities, whose roles are their names', () => {
  expect(featuresOffFor(builtIn)).toEqual([]);
  expect(builtIn.map(({ name }) => name).toSorted()).toEqual(Object.keys(ROLES).toSorted());
  for (const [role, shape] of Object.entries<RoleShape>(ROLES)) {
    const found = roleIn(builtIn, role as RoleName); // it is a key of ROLES
    expect(found).toEqual(builtInRole(role as RoleName));
    const named = Object.entries(found?.fields ?? {}).filter(([field]) => !['title', 'status'].includes(field));
    expect(named).toEqual(Object.keys(shape.fields).map((field) => [field, field]));
  }
});

test('a role turns features on, and its fields have names of the owner', () => {
  expect(missing('task-events', [tareas({})])).toEqual([]);
  expect(missing('life-cycle', [tareas({})])).toEqual([]);
  const found = roleIn([tareas({})], 'tasks') ?? expect.fail('no role');
  expect(found.fields).toEqual({ title: 'titulo', status: 'status', due_date: 'fecha' });
  expect(dateIn(found, 'due_date')).toEqual({ day: 'fecha', time: 'hora' });
  expect(toColumns(found, { title: 'Llamar', due_date: '2026-03-01', notes: 'x', status: undefined })).toEqual({
    titulo: 'Llamar',
    fecha: '2026-03-01',
  });
  expect(finishedStatuses(found, 'Done')).toEqual(['Hecha']);
  expect(missing('para', [tareas({})])).toEqual(['an entity with the role "tags" (with type, parent_id)']);
});

test('what is missing of a role is named', () => {
  expect(missing('task-events', [])).toEqual(['an entity with the role "tasks" (with due_date)']);
  expect(missing('task-events', [tareas({ roleFields: {} })])).toEqual([
    'a field due_date of the role "tasks" in tareas',
  ]);
  const withoutTime = { ...tareas({}).fields, fecha: date('Fecha') };
  expect(missing('task-events', [tareas({ fields: withoutTime })])).toEqual(['a timeColumn of tareas.fecha']);
  expect(missing('life-cycle', [tareas({ closedStatuses: [] })])).toEqual(['closedStatuses of tareas']);
  expect(missing('session-notes', [notas('proyectos'), proyectos])).toEqual([
    'a field content or body of the role "notes" in notas',
    'an entity with the role "system_upgrades"',
  ]);
  const fallos = own('fallos', { role: 'system_fixes', fields: { fallo: title('Fallo'), description: richText('D') } });
  expect(missing('health-checks', [fallos])).toEqual(['a field status of the role "system_fixes" in fallos']);
  const withStatus = { ...fallos, fields: { ...fallos.fields, status: select('Estado', ['Abierto', 'Cerrado']) } };
  expect(missing('health-checks', [withStatus])).toEqual(['closedStatuses of fallos']);
  expect(missing('health-checks', [{ ...withStatus, closedStatuses: ['Cerrado'] }])).toEqual([]);
  expect(missing('media-from-tmdb', [own('cine', { role: 'media', fields: { nombre: title('Nombre') } })])).toEqual([
    'a field tmdb_id of the role "media" in cine',
  ]);
});

test('a relation counts only if it leads to the entity with the other role', () => {
  expect(missing('notes-distribute', [notas('proyectos'), proyectos])).toEqual([]);
  expect(missing('notes-distribute', [notas('otros'), proyectos])).toEqual([
    'a field project_id of the role "notes" in notas, which leads to the entity with the role "projects"',
  ]);
  expect(roleIn([notas('proyectos'), proyectos], 'notes')?.fields).not.toHaveProperty('tags');
  expect(missing('para', [etiquetas({})])).toEqual([]);
});

test('options that a feature needs have names of the owner, or are missing', () => {
  const found = roleIn([etiquetas({})], 'tags') ?? expect.fail('no role');
  expect([optionIn(found, 'type', 'Area'), optionIn(found, 'type', 'Other')]).toEqual(['Área', undefined]);
  expect(optionsIn(found, 'parent_id')).toEqual([]);
  expect(missing('para', [etiquetas({ roleOptions: { type: { Area: 'Área' } } })])).toEqual([
    'the option "Resource" of etiquetas.tipo, or its name in roleOptions',
  ]);
  const metas = own('metas', { role: 'goals', fields: { meta: title('Meta'), progress: number('Progreso') } });
  expect(finishedStatuses(roleIn([metas], 'goals') ?? expect.fail('no role'), 'Achieved')).toEqual([]);
});
