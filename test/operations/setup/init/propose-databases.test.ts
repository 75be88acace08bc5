import { describe, expect, it } from 'vitest';
import { createEntityDatabases } from '../../../../src/embedded/sample-workspace/entity-databases.ts';
import { entities } from '../../../../src/entities/index.ts';
import { proposeDatabases } from '../../../../src/operations/setup/init/propose-databases.ts';
import {
  choice,
  day,
  emptyWorkspace,
  germanWorkspace,
  type Properties,
  status,
  surveyOf,
  text,
  title,
} from './support.ts';

/** The proposals by entity, without missing ones: a title, or several. */
async function proposed(databases: readonly (readonly [string, Properties])[]) {
  const emulator = await emptyWorkspace();
  for (const [name, properties] of databases) emulator.workspace.createDatabase({ title: name, properties });
  return inShort((await surveyOf(emulator)).sources);
}

function inShort(sources: Parameters<typeof proposeDatabases>[1]) {
  return Object.fromEntries(
    [...proposeDatabases(entities, sources)].flatMap(([entity, proposal]) => {
      if (proposal.kind === 'missing') return [];
      const found =
        proposal.kind === 'found' ? proposal.source.title : proposal.candidates.map((each) => each.title).sort();
      return [[entity, found]];
    }),
  );
}

const taskProperties = {
  Name: title,
  Status: status('Todo'),
  Priority: choice('Low'),
  'Due Date': day,
  'Completed At': day,
  Notes: text,
};

describe('proposing a database for each entity', () => {
  it('matches the ten as they are declared', async () => {
    const emulator = await emptyWorkspace();
    createEntityDatabases(emulator.workspace, entities);
    const { sources } = await surveyOf(emulator);
    expect(inShort(sources)).toEqual(Object.fromEntries(entities.map(({ name, title: called }) => [name, called])));
  });

  it.each(['Aufgaben', 'Tâches', '✅ TAREAS', 'Attivita', 'My Tasks', 'to-dos', 'Aufgabn'])(
    'tasks are named "%s"',
    async (name) => {
      expect(
        await proposed([
          [name, taskProperties],
          ['Rezepte', { Name: title, Zutaten: text }],
        ]),
      ).toEqual({ tasks: name });
    },
  );

  it('matches a German workspace, and proposes nothing for what is missing', async () => {
    const emulator = await emptyWorkspace();
    germanWorkspace(emulator);
    const { sources } = await surveyOf(emulator);
    expect(inShort(sources)).toEqual({ tags: '🏷️ Schlagwörter', projects: 'Projekte', tasks: 'Aufgaben' });
  });

  it('asks if two match equally', async () => {
    expect(
      await proposed([
        ['Tasks', taskProperties],
        ['Aufgaben', taskProperties],
      ]),
    ).toEqual({ tasks: ['Aufgaben', 'Tasks'] });
  });

  it('of two with the same name, matches the one with the properties', async () => {
    expect(
      await proposed([
        ['Tasks', taskProperties],
        ['tasks', { Name: title }],
      ]),
    ).toEqual({ tasks: 'Tasks' });
  });

  it('asks if only the name matches', async () => {
    expect(await proposed([['Tasks', { Name: title }]])).toEqual({ tasks: ['Tasks'] });
    expect(await proposed([['Old tasks of mine', { Name: title }]])).toEqual({});
  });

  it('asks if only the properties match; all of them are enough for a match', async () => {
    const contact = {
      Name: title,
      Email: { email: {} },
      Phone: { phone_number: {} },
      Notes: text,
      Relationship: choice('Family'),
    };
    expect(await proposed([['Everyone', contact]])).toEqual({});
    const emulator = await emptyWorkspace();
    const { id } = emulator.workspace.createDatabase({ title: 'Zeug', properties: { Name: title } });
    const game = {
      Platform: choice('PC'),
      Status: choice('Playing'),
      Rating: { number: {} },
      'Hours Played': { number: {} },
    };
    for (const [name, config] of Object.entries({ ...game, Notes: text }))
      emulator.workspace.addProperty(id, name, config);
    expect(inShort((await surveyOf(emulator)).sources)).toEqual({ games: ['Zeug'] });
    emulator.workspace.addProperty(id, 'RAWG ID', { number: {} });
    emulator.workspace.addProperty(id, 'Cover URL', { url: {} });
    expect(inShort((await surveyOf(emulator)).sources)).toEqual({ games: 'Zeug' });
  });

  it('does not offer the match of one entity for another', async () => {
    const emulator = await emptyWorkspace();
    createEntityDatabases(
      emulator.workspace,
      entities.filter(({ name }) => name === 'system_fixes'),
    );
    expect(inShort((await surveyOf(emulator)).sources)).toEqual({ system_fixes: 'System Fixes' });
  });
});
