import { describe, expect, it } from 'vitest';
import type { Entity } from '../../../../src/entities/define.ts';
import { goals } from '../../../../src/entities/goals.ts';
import { people } from '../../../../src/entities/people.ts';
import { projects } from '../../../../src/entities/projects.ts';
import { tasks } from '../../../../src/entities/tasks.ts';
import { proposeProperties, type SourceOf } from '../../../../src/operations/setup/init/propose-properties.ts';
import { choice, day, emptyWorkspace, type Properties, relation, status, text, title } from './support.ts';

/** The proposal for each field: a name, several, `missing`, or the conflicting property. */
async function proposed(entity: Entity, properties: Properties, sourceOf?: SourceOf) {
  const { workspace } = await emptyWorkspace();
  const { id } = workspace.createDatabase({ title: 'Any', properties });
  const proposals = proposeProperties(entity, workspace.dataSource(id).properties, sourceOf);
  return Object.fromEntries(
    [...proposals].map(([field, proposal]) => {
      if (proposal.kind === 'found') return [field, proposal.property.name];
      if (proposal.kind === 'unclear') return [field, proposal.candidates.map(({ name }) => name)];
      return [field, proposal.kind === 'blocked' ? { blocked: proposal.property.name } : 'missing'];
    }),
  );
}

describe('proposing a property for each field', () => {
  it.each<[string, Properties, object]>([
    [
      'German',
      {
        Titel: title,
        Status: status('Todo'),
        Priorität: choice('Low'),
        'Fällig am': day,
        'Erledigt am': day,
        Notizen: text,
      },
      { title: 'Titel', priority: 'Priorität', due_date: 'Fällig am', completed_at: 'Erledigt am', notes: 'Notizen' },
    ],
    [
      'French, without accents and in capitals',
      { Nom: title, ETAT: choice('Todo'), Priorite: choice('Low'), ECHEANCE: day, 'Terminé le': day, Remarques: text },
      { title: 'Nom', status: 'ETAT', priority: 'Priorite', due_date: 'ECHEANCE', notes: 'Remarques' },
    ],
    [
      'Spanish',
      { Nombre: title, Estado: choice('Todo'), Prioridad: choice('Low'), 'Fecha límite': day, Notas: text },
      { status: 'Estado', priority: 'Prioridad', due_date: 'Fecha límite', completed_at: 'missing', notes: 'Notas' },
    ],
    [
      'Italian',
      { Nome: title, Stato: choice('Todo'), Priorità: choice('Low'), Scadenza: day, Appunti: text },
      { status: 'Stato', priority: 'Priorità', due_date: 'Scadenza', notes: 'Appunti' },
    ],
    [
      'misspelt, decorated, in other case',
      { name: title, 'STATUS ✅': status('Todo'), Priorty: choice('Low'), 'due-date': day, 'my notes': text },
      { status: 'STATUS ✅', priority: 'Priorty', due_date: 'due-date', notes: 'my notes' },
    ],
  ])('%s', async (_, properties, expected) => {
    expect(await proposed(tasks, properties)).toMatchObject(expected);
  });

  it('prefers the exact name to a translation, and uses no property twice', async () => {
    const both = { Name: title, Deadline: day, 'Due Date': day, Priority: choice('Low'), Dringlichkeit: choice('Low') };
    expect(await proposed(tasks, both)).toMatchObject({
      due_date: 'Due Date',
      priority: 'Priority',
      completed_at: 'missing',
    });
    const dates = { Name: title, Deadline: day };
    expect(await proposed(projects, dates)).toMatchObject({ start_date: 'missing', target_date: 'Deadline' });
  });

  it('asks if several match equally', async () => {
    const twice = { Name: title, Deadline: day, Fällig: day };
    expect(await proposed(tasks, twice)).toMatchObject({ due_date: ['Deadline', 'Fällig'], completed_at: 'missing' });
  });

  it('recognizes a select by its options', async () => {
    const columns = { Name: title, Spalte: choice('todo', 'Doing', 'DONE'), Farbe: choice('Red', 'Low') };
    expect(await proposed(tasks, columns)).toMatchObject({ status: 'Spalte', priority: 'missing' });
  });

  it('uses the only property of its type, once', async () => {
    const card = { Name: title, 'Where to write': { email: {} }, Reach: { phone_number: {} } };
    expect(await proposed(people, card)).toMatchObject({ email: 'Where to write', phone: 'Reach', notes: 'missing' });
    const { workspace } = await emptyWorkspace();
    const { dataSourceId } = workspace.createDatabase({ title: 'Other', properties: { Name: title } });
    const { id } = workspace.createDatabase({
      title: 'Any',
      properties: { Name: title, Projects: relation(dataSourceId) },
    });
    const proposals = proposeProperties(people, workspace.dataSource(id).properties);
    expect([proposals.get('projects')?.kind, proposals.get('tags')?.kind]).toEqual(['found', 'missing']);
    const two = { Name: title, Private: { email: {} }, Office: { email: {} } };
    expect(await proposed(people, two)).toMatchObject({ email: 'missing' });
  });

  it('reports a property of another type with the name', async () => {
    const wrong = { Name: title, Progress: text, Status: text };
    expect(await proposed(goals, wrong)).toMatchObject({
      progress: { blocked: 'Progress' },
      status: { blocked: 'Status' },
    });
    const better = { Name: title, Progress: text, Fortschritt: { number: {} } };
    expect(await proposed(goals, better)).toMatchObject({ progress: 'Fortschritt' });
  });

  it('distinguishes relations by their target', async () => {
    const { workspace } = await emptyWorkspace();
    const [one, other] = ['One', 'Other'].map((name) =>
      workspace.createDatabase({ title: name, properties: { Name: title } }),
    );
    const ids = [one?.dataSourceId ?? '', other?.dataSourceId ?? ''] as const;
    const { id } = workspace.createDatabase({
      title: 'Any',
      properties: { Name: title, Project: relation(ids[0]), Whatever: relation(ids[1]) },
    });
    const { properties } = workspace.dataSource(id);
    const found = (sourceOf: SourceOf) => {
      const proposal = proposeProperties(tasks, properties, sourceOf).get('project_id');
      return [proposal?.kind, proposal && 'property' in proposal ? proposal.property.name : null];
    };
    expect(found((name) => (name === 'projects' ? ids[0] : null))).toEqual(['found', 'Project']);
    expect(found((name) => (name === 'projects' ? ids[1] : null))).toEqual(['found', 'Whatever']);
    expect(found(() => null)).toEqual(['blocked', 'Project']);
  });

  it('handles a name that every JavaScript object has', async () => {
    const odd: Entity = { ...people, fields: { odd: { kind: 'rich_text', property: 'constructor' } } };
    expect(await proposed(odd, { Name: title, Constructor: text })).toEqual({ odd: 'Constructor' });
  });
});
