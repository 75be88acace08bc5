import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineEntity, select, title } from '../../src/entities/define.ts';
import { COMMON_COLUMNS, type Engine, startEngine } from '../support/engine.ts';

const loans = defineEntity({
  name: 'loans',
  table: 'loans',
  databaseId: '44444444-3a65-8055-8b36-ea0f30871fe3',
  title: 'Loans',
  fields: { title: title('Title'), status: select('Status', ['Open']) },
});

describe('options that differ in case', () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await startEngine(
      loans,
      `CREATE TABLE loans (${COMMON_COLUMNS}, title text NOT NULL DEFAULT '', status text);`,
    );
  });
  afterEach(() => engine.close());

  const statusInNotion = (page: string): string | undefined => {
    const held = engine.notion.workspace.page(page).page.properties.Status;
    return held?.type === 'select' ? held.select?.name : expect.fail('no status');
  };

  test('are two options, in both directions', async () => {
    const upper = engine.notion.workspace.createPage('Loans', { Title: 'Upper', Status: 'LENT' });
    const mixed = engine.notion.workspace.createPage('Loans', { Title: 'Mixed', Status: 'Lent' });
    await engine.cycle();
    expect(await engine.sql('SELECT title, status FROM loans ORDER BY title')).toEqual([
      { title: 'Mixed', status: 'Lent' },
      { title: 'Upper', status: 'LENT' },
    ]);
    await engine.sql("UPDATE loans SET status = CASE title WHEN 'Mixed' THEN 'LENT' ELSE 'lent' END");
    await engine.cycle();
    expect([statusInNotion(upper), statusInNotion(mixed)]).toEqual(['lent', 'LENT']);
    expect(await engine.cycle({ sweep: true })).toMatchObject({ updated: 0, conflicts: 0, errors: [] });
    expect(await engine.sql('SELECT title, status FROM loans ORDER BY title')).toEqual([
      { title: 'Mixed', status: 'LENT' },
      { title: 'Upper', status: 'lent' },
    ]);
  });
});
