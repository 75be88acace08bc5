import { describe, expect, test } from 'vitest';
import { type Entity, type Field, syncedFields } from '../../src/entities/define.ts';
import { entities } from '../../src/entities/index.ts';
import { type ContractField, contract } from './contract.ts';

/** Our declaration in the contract's form. */
function inContractWords(name: string, field: Field, entity: Entity): ContractField {
  const { property } = field;
  switch (field.kind) {
    case 'title':
    case 'rich_text':
    case 'url':
    case 'email':
    case 'phone_number':
      return { column: name, property, type: field.kind };
    case 'select':
      return { column: name, property, type: 'select', options: [...field.options] };
    case 'number': {
      const { min, max } = field;
      return { column: name, property, type: 'number', min, max };
    }
    case 'date':
      return { column: name, property, type: 'date', also: field.timeColumn };
    case 'timestamp':
      return { column: name, property, type: 'date', timestamp: true };
    case 'relation_one':
      return { column: name, property, type: 'relation', to: field.to, cardinality: 'one', dual: field.dual };
    case 'relation_many': {
      const { joinTable, to, dual } = field;
      const [own, other] = field.joinColumns;
      return { joinTable, joinColumns: [own, other], property, type: 'relation', to, cardinality: 'many', dual };
    }
    default:
      throw new Error(`${entity.name}.${name} is a ${field.kind}, which the contract does not know`);
  }
}

const byProperty = (fields: readonly ContractField[]): Map<string, ContractField> =>
  new Map(fields.map((field) => [field.property, field]));

const entityOf = (name: string): Entity => {
  const found = entities.find((entity) => entity.name === name);
  if (!found) throw new Error(`no entity ${name}`);
  return found;
};

/** The ten entities of the contract, without those that an owner has added. */
const promised = contract.entities.map(({ entity }) => entity);

test('the ten entities of the contract exist', () => {
  expect(promised).toHaveLength(10);
  expect(entities.map(({ name }) => name)).toEqual(expect.arrayContaining(promised));
});

describe.each(contract.entities)('$entity', ({ fields, ...agreed }) => {
  const ours = entityOf(agreed.entity);

  test('has the same database, table and archived status', () => {
    const { name, table, databaseId, title, archivedStatus } = ours;
    expect({ entity: name, table, databaseId, title, archivedStatus }).toEqual(agreed);
  });

  test('has the same properties: types, columns, options, bounds and relations', () => {
    const agreedFields = fields
      .filter(({ computed }) => computed === undefined)
      .map(({ note: _, ...field }): ContractField => field);
    // The body of a note is not in the contract.
    const ourFields = syncedFields(ours).flatMap(([name, field]) =>
      field.kind === 'body' ? [] : [inContractWords(name, field, ours)],
    );
    expect(byProperty(ourFields)).toEqual(byProperty(agreedFields));
  });

  test('declares the other side of each two-way relation, and no other computed field', () => {
    const backLinks = Object.values(ours.fields).flatMap((field) =>
      field.kind === 'back_link' && promised.includes(field.of) ? [field] : [],
    );
    const duals = contract.entities.flatMap((other) =>
      other.fields.flatMap(({ to, dual, property }) =>
        to === agreed.entity && dual !== undefined ? [{ property: dual, of: other.entity, through: property }] : [],
      ),
    );
    const declared = backLinks.map(({ property, of, through }) => {
      const field = entityOf(of).fields[through];
      return { property, of, through: field?.property ?? through };
    });
    expect(declared).toEqual(duals);
    for (const { computed, property } of fields)
      if (computed) expect(duals.map((dual) => dual.property)).toContain(property);
  });
});
