import { describe, expect, test } from 'vitest';
import { relationToOne, title } from '../../../../src/entities/define.ts';
import { titlesIn } from '../../../../src/operations/setup/propose/find-source.ts';
import { type Linker, proposeEntities } from '../../../../src/operations/setup/propose/propose-entities.ts';
import { sourceOf } from './support.ts';

const twoWay = (data_source_id: string, synced_property_name: string) => ({
  relation: { data_source_id, type: 'dual_property', dual_property: { synced_property_id: 'x', synced_property_name } },
});
const name = { title: {} };

const clientes = sourceOf('clientes', { Nombre: name, Facturas: twoWay('facturas source', 'Cliente') });
const facturas = sourceOf('facturas', { Número: name, Cliente: twoWay('clientes source', 'Facturas') });
const nothing = { known: new Map(), linkers: [], tables: [], one: [], many: [] };
const added = (...names: string[]) => new Set(names.map((each) => `${each} source`));

describe('databases that relate to each other', () => {
  test('are proposed together: the first side of a relation is written', () => {
    const { proposals } = proposeEntities([clientes, facturas], { ...nothing, added: added('clientes', 'facturas') });
    expect(proposals.map(({ entity, otherSides }) => [Object.keys(entity.fields), otherSides])).toEqual([
      [['nombre', 'facturas'], []],
      [['numero'], [{ property: 'Cliente', of: 'clientes', through: 'Facturas' }]],
    ]);
  });

  test('or the side to one page, wherever it is', () => {
    const around = { ...nothing, added: added('clientes', 'facturas'), one: ['facturas/Cliente'] };
    const { proposals } = proposeEntities([clientes, facturas], around);
    expect(proposals.map(({ entity }) => entity.fields)).toEqual([
      { nombre: title('Nombre') },
      { numero: title('Número'), cliente_id: relationToOne('Cliente', 'clientes', { dual: 'Facturas' }) },
    ]);
  });
});

describe('a database that a synced one leads to', () => {
  const known = new Map([['facturas source', 'facturas']]);
  const linker = (fields: Linker['fields']): Linker => ({ ...facturas, fields });

  test('brings the relation to it, under a name that is free', () => {
    const around = { ...nothing, known, added: added('clientes'), one: ['Cliente'] };
    const fields = { numero: title('Número'), cliente_id: { kind: 'number', property: 'Otro' } as const };
    const { proposals, links } = proposeEntities([clientes], { ...around, linkers: [linker(fields)] });
    expect(links).toEqual([
      { entity: 'facturas', name: 'cliente_id_2', field: relationToOne('Cliente', 'clientes', { dual: 'Facturas' }) },
    ]);
    expect(proposals[0]?.otherSides).toEqual([{ property: 'Facturas', of: 'facturas', through: 'Cliente' }]);
  });

  test('leaves a relation that is there as it is', () => {
    const fields = { numero: title('Número'), de: relationToOne('Cliente', 'clientes', { dual: 'Facturas' }) };
    const around = { ...nothing, known, added: added('clientes'), linkers: [linker(fields)] };
    expect(proposeEntities([clientes], around).links).toEqual([]);
  });
});

test.each([
  ['Libros, Recetas', ['Libros', 'Recetas']],
  [' Libros ,,Recetas,', ['Libros', 'Recetas']],
  ['Películas, series, y más, Libros', ['Películas, series, y más', 'Libros']],
])('"%s" names %j', (text, titles) => {
  const shared = ['Libros', 'Recetas', 'Películas, series, y más'].map((title) => ({
    ...{ id: title, databaseId: title, title, schema: {}, onPage: null },
  }));
  expect(titlesIn(text, shared)).toEqual(titles);
});
