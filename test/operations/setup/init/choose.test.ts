import type { NotionEmulator } from 'notion-emulator';
import { describe, expect, it } from 'vitest';
import { databaseIdVariable } from '../../../../src/config.ts';
import { entities } from '../../../../src/entities/index.ts';
import { tasks } from '../../../../src/entities/tasks.ts';
import { chooseDatabases, type DatabaseInput } from '../../../../src/operations/setup/init/choose-databases.ts';
import {
  chooseOptions,
  describeTranslations,
  parseOptionMapping,
} from '../../../../src/operations/setup/init/choose-options.ts';
import {
  chooseProperties,
  describeProperties,
  proposeForEntity,
} from '../../../../src/operations/setup/init/choose-properties.ts';
import { connect, readShared } from '../../../../src/operations/setup/init/connect.ts';
import { createDatabases } from '../../../../src/operations/setup/init/create-databases.ts';
import type { Choice, Prompter } from '../../../../src/operations/setup/init/prompter.ts';
import { apiOf, choice, day, emptyWorkspace, germanWorkspace, surveyOf, text, title } from './support.ts';

/** Gives these answers in order and records the questions. A choice is answered by the beginning of its label, null is Enter. */
function answering(...answers: readonly (string | boolean | null)[]) {
  const questions: string[] = [];
  const left = [...answers];
  const next = (message: string) => {
    questions.push(message);
    const answer = left.shift();
    if (answer === undefined) throw new Error(`unexpected question: ${message}`);
    return answer;
  };
  const typed = async ({ message, fallback = '' }: { message: string; fallback?: string }) =>
    next(message)?.toString() ?? fallback;
  const ask: Prompter = {
    isInteractive: true,
    secret: typed,
    text: typed,
    chooseMany: async ({ message, fallback = [] }) => {
      next(message);
      return fallback;
    },
    confirm: async ({ message, fallback = false }) => (next(message) ?? fallback) === true,
    choose: async <T>({ message, fallback }: { message: string; fallback?: T }, choices: readonly Choice<T>[]) => {
      const answer = next(message);
      const chosen = choices.find(({ value, label }) =>
        answer === null ? value === fallback : label.startsWith(String(answer)),
      );
      if (!chosen) throw new Error(`${message} has no ${answer}, but ${choices.map(({ label }) => label).join(', ')}`);
      return chosen.value;
    },
  };
  return { ask, questions };
}

async function choose(emulator: NotionEmulator, ask: Prompter, input: Partial<DatabaseInput> = {}) {
  const said: string[] = [];
  const asking = {
    ask,
    say: (line: string) => said.push(line),
    entities,
    survey: await surveyOf(emulator),
    input: { useExisting: false, createUnder: undefined, ...input },
    variableOf: databaseIdVariable,
    describe: () => '',
  };
  const { places, pageId, oneByOne } = await chooseDatabases(asking, new Map());
  const found = [...places].flatMap(([entity, source]) => (source ? [[entity, source.title] as const] : []));
  return { found: Object.fromEntries(found), pageId, oneByOne, said };
}

const german = { tags: '🏷️ Schlagwörter', projects: 'Projekte', tasks: 'Aufgaben' };

describe('choosing databases', () => {
  it('names the databases that it uses for nothing', async () => {
    const emulator = await emptyWorkspace();
    germanWorkspace(emulator);
    emulator.workspace.createDatabase({ title: 'Rezepte', properties: { Name: title } });
    const { said } = await choose(emulator, answering('Yes').ask);
    expect(said.filter((line) => line.includes('Not used'))).toEqual([
      '  Not used: "Rezepte". To sync one of them as well: lockstep add-entity TITLE',
    ]);
  });

  it('an empty workspace asks for a page and nothing else', async () => {
    const emulator = await emptyWorkspace();
    const { ask, questions } = answering(null);
    expect(await choose(emulator, ask)).toMatchObject({ found: {}, pageId: emulator.workspace.rootPageId });
    expect(questions).toEqual([`Create the ${entities.length} databases under which page?`]);
  });

  it('one answer accepts the clear matches and creates the others next to them', async () => {
    const emulator = await emptyWorkspace();
    germanWorkspace(emulator);
    emulator.workspace.addChildPage(emulator.workspace.rootPageId, 'Elsewhere');
    const { ask } = answering(`Yes, and create the other ${entities.length - 3} under "Home"`);
    expect(await choose(emulator, ask)).toMatchObject({
      found: german,
      pageId: emulator.workspace.rootPageId,
      oneByOne: false,
    });
  });

  it('asks about unclear matches, and offers no database twice', async () => {
    const emulator = await emptyWorkspace();
    for (const name of ['Tasks', 'Aufgaben'])
      emulator.workspace.createDatabase({ title: name, properties: { Name: title } });
    const { ask, questions } = answering('Yes', 'Aufgaben');
    expect(await choose(emulator, ask)).toMatchObject({ found: { tasks: 'Aufgaben' } });
    expect(questions).toEqual(['Use these databases?', 'Which database is "Tasks"?']);
    const none = answering('Yes', 'None of them');
    expect(await choose(emulator, none.ask)).toMatchObject({ found: {} });
  });

  it('lets the owner choose one by one, with the proposal as the default', async () => {
    const emulator = await emptyWorkspace();
    germanWorkspace(emulator);
    const { ask, questions } = answering(
      'Choose one by one',
      null,
      'None of them',
      ...Array(entities.length - 2).fill(null),
    );
    expect(await choose(emulator, ask)).toMatchObject({
      found: { tags: german.tags, projects: german.projects },
      oneByOne: true,
    });
    expect(questions.slice(1, 4)).toEqual(['Tags', 'Tasks', 'Projects'].map((name) => `Which database is "${name}"?`));
  });

  it('offers no database twice', async () => {
    const emulator = await emptyWorkspace();
    germanWorkspace(emulator);
    const { ask } = answering('Choose one by one', null, german.tags);
    await expect(choose(emulator, ask)).rejects.toThrow(`Which database is "Tasks"? has no ${german.tags}`);
  });

  it('creates the others on the page of the existing ones', async () => {
    const emulator = await emptyWorkspace();
    const page = emulator.workspace.addChildPage(emulator.workspace.rootPageId, 'Lockstep');
    await createDatabases(apiOf(emulator), entities.slice(0, 3), page);
    expect(
      await choose(emulator, answering(`Yes, and create the other ${entities.length - 3} under "Lockstep"`).ask),
    ).toMatchObject({
      pageId: page,
    });
  });

  it('creates new ones on request', async () => {
    const emulator = await emptyWorkspace();
    germanWorkspace(emulator);
    const page = emulator.workspace.addChildPage(emulator.workspace.rootPageId, 'Lockstep');
    const { ask } = answering('No, create new ones', 'Lockstep');
    expect(await choose(emulator, ask)).toMatchObject({ found: {}, pageId: page });
    expect(await choose(emulator, answering().ask, { createUnder: 'Lockstep' })).toMatchObject({
      found: {},
      pageId: page,
    });
  });
});

describe('choosing properties', () => {
  async function ofTasks(properties: Record<string, object>) {
    const { workspace } = await emptyWorkspace();
    const { id } = workspace.createDatabase({ title: 'Tasks', properties });
    const schema = workspace.dataSource(id).properties;
    return { schema, proposals: proposeForEntity(tasks, schema, new Map()) };
  }
  const chosenOf = (chosen: ReadonlyMap<string, string>, schema: Record<string, { id: string; name: string }>) =>
    Object.fromEntries(
      [...chosen].map(([field, id]) => [field, Object.values(schema).find((each) => each.id === id)?.name]),
    );

  it('describes in one line what is found, what has a different name, and what is added', async () => {
    const { schema, proposals } = await ofTasks({ Name: title, Notes: text, Deadline: day, Fällig: day });
    expect(describeProperties(tasks, schema, proposals)).toBe(
      '2 of 8 properties; unclear "Due Date"; adds "Status", "Priority", "Project", "Tags", "Completed At"',
    );
  });

  it('asks about unclear properties; one by one, also about those with a different name', async () => {
    const { schema, proposals } = await ofTasks({ Name: title, Notes: text, Deadline: day, Fällig: day });
    const { ask, questions } = answering('Fällig');
    const chosen = await chooseProperties({ ask, input: new Map(), oneByOne: false }, tasks, schema, proposals);
    expect(chosenOf(chosen, schema)).toEqual({ title: 'Name', due_date: 'Fällig', notes: 'Notes' });
    expect(questions).toEqual(['Tasks: which property is "Due Date"?']);
    const careful = answering('Deadline', 'None of them');
    const each = await chooseProperties(
      { ask: careful.ask, input: new Map(), oneByOne: true },
      tasks,
      schema,
      proposals,
    );
    expect(chosenOf(each, schema)).toEqual({ title: 'Name', due_date: 'Deadline', notes: 'Notes' });
    expect(careful.questions[1]).toBe('Tasks: which property is "Completed At"?');
  });

  it('never offers `Sync Key`', async () => {
    const { schema, proposals } = await ofTasks({ Name: title, Words: text, 'Sync Key': text });
    const { ask } = answering('Sync Key');
    await expect(chooseProperties({ ask, input: new Map(), oneByOne: true }, tasks, schema, proposals)).rejects.toThrow(
      '"Notes"? has no Sync Key, but Words',
    );
  });

  it('uses a property that the owner has mapped for no other field', async () => {
    const { schema, proposals } = await ofTasks({ Name: title, 'Due Date': day });
    const input = new Map([['tasks/Completed At', 'Due Date']]);
    const chosen = await chooseProperties({ ask: answering().ask, input, oneByOne: false }, tasks, schema, proposals);
    expect(chosenOf(chosen, schema)).toEqual({ title: 'Name', completed_at: 'Due Date' });
  });
});

describe('choosing options', () => {
  async function ofStatus(...names: string[]) {
    const { workspace } = await emptyWorkspace();
    const { id } = workspace.createDatabase({ title: 'Tasks', properties: { Name: title, Status: choice(...names) } });
    const schema = workspace.dataSource(id).properties;
    return { schema, properties: new Map([['status', schema.Status?.id ?? '']]) };
  }
  const given = (...texts: readonly string[]) => {
    const parsed = texts.flatMap((text) => [parseOptionMapping(text) ?? expect.fail(text)]);
    return new Map([['tasks/Status', Object.fromEntries(parsed.map(([, option, name]) => [option, name]))]]);
  };

  it('takes translations without a question, and describes them', async () => {
    const mapped = await ofStatus('Do zrobienia', 'W toku', 'Gotowe', 'Anulowane', 'Na później');
    const chosen = await chooseOptions(answering().ask, new Map(), tasks, mapped);
    expect(chosen.get('status')).toEqual({
      ...{ Todo: 'Do zrobienia', 'In Progress': 'W toku' },
      ...{ Done: 'Gotowe', Cancelled: 'Anulowane' },
    });
    expect(describeTranslations(tasks, mapped)).toContain('"Gotowe" is "Done"');
  });

  it('asks about options with a meaning in a language that it does not know', async () => {
    const mapped = await ofStatus('Tekemättä', 'Kesken', 'Valmis');
    const { ask, questions } = answering('Tekemättä', 'Valmis', 'None of them');
    const chosen = await chooseOptions(ask, new Map(), tasks, mapped);
    expect(chosen.get('status')).toEqual({ Todo: 'Tekemättä', Done: 'Valmis' });
    expect(questions).toEqual(
      ['Todo', 'Done', 'Cancelled'].map((option) => `Tasks: which option of "Status" means "${option}"?`),
    );
  });

  it('takes what the owner says before a translation', async () => {
    const mapped = await ofStatus('Gotowe', 'Odebrane');
    const input = given('tasks/Status/Done=Odebrane', 'tasks/Status/Todo=Gotowe');
    const chosen = await chooseOptions(answering().ask, input, tasks, mapped);
    expect(chosen.get('status')).toEqual({ Done: 'Odebrane', Todo: 'Gotowe' });
  });

  it('says which options there are when one does not exist', async () => {
    const mapped = await ofStatus('Gotowe');
    const input = given('tasks/Status/Done=Zrobione');
    await expect(chooseOptions(answering().ask, input, tasks, mapped)).rejects.toThrow(
      '--map tasks/Status/Done=Zrobione: Notion has no option "Zrobione"; it has Gotowe',
    );
    const twice = given('tasks/Status/Done=Gotowe', 'tasks/Status/Cancelled=Gotowe');
    await expect(chooseOptions(answering().ask, twice, tasks, mapped)).rejects.toThrow(
      '"Gotowe" is mapped to "Cancelled", too',
    );
    expect(() => parseOptionMapping('tasks/Status/Finished=Gotowe')).toThrow(
      'tasks/Status has no option "Finished"; it has Todo, In Progress, Done, Cancelled',
    );
    expect(parseOptionMapping('tasks/Priority=Ważność')).toBeNull();
  });
});

describe('connecting', () => {
  it('asks again after a token that Notion refuses', async () => {
    const { token, url } = await emptyWorkspace();
    const { ask, questions } = answering(`  ${token} `);
    const said: string[] = [];
    const connected = await connect(ask, (line) => said.push(line), { token: 'ntn_old', baseUrl: url });
    expect(connected).toMatchObject({ token, name: 'Lockstep' });
    expect(said).toEqual(['Notion refuses this token.', 'Notion accepts the token of "Lockstep".']);
    expect(questions).toHaveLength(1);
  });

  it('waits until something is shared', async () => {
    const emulator = await emptyWorkspace();
    const { workspace, token, url } = emulator;
    workspace.unshare(workspace.rootPageId);
    const { ask } = answering(true, true);
    const connected = await connect(ask, () => undefined, { token, baseUrl: url });
    let looks = 0;
    const say = () => {
      looks += 1;
      if (looks === 2) workspace.share(workspace.rootPageId);
    };
    expect((await readShared(ask, say, connected)).pages).toHaveLength(1);
    workspace.unshare(workspace.rootPageId);
    await expect(readShared(answering(false).ask, () => undefined, connected)).rejects.toThrow('nothing is shared');
  });
});
