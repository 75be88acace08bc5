import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LabelledProject, ProjectLabel } from '../../../src/features/gmail-labels/label-store.ts';
import { type LabelStep, planLabels } from '../../../src/features/gmail-labels/plan-labels.ts';
import type { Label } from '../../../src/google/labels.ts';

const work = (id: string, name: string): LabelledProject => ({ id, name, isWork: true });
const kept = (projectId: string, labelId: string, name: string, made = true): ProjectLabel => ({
  projectId,
  labelId,
  name,
  made,
});

/** Gmail and our table after a plan; `mail` has the ids of labels with mail. */
class State {
  labels: Label[] = [];
  kept: ProjectLabel[] = [];
  readonly mail = new Set<string>();
  readonly deleted: string[] = [];
  #made = 0;

  run(projects: readonly LabelledProject[]): readonly LabelStep[] {
    const steps = planLabels(projects, this.kept, this.labels);
    for (const step of steps) this.#take(step);
    return steps;
  }

  names(): string[] {
    return this.labels.map(({ name }) => name);
  }

  nameFor(projectId: string): string | undefined {
    const own = this.kept.find((one) => one.projectId === projectId);
    return this.labels.find(({ id }) => id === own?.labelId)?.name;
  }

  #take(step: LabelStep): void {
    switch (step.kind) {
      case 'create': {
        this.#made += 1;
        const label = { id: `L${this.#made}`, name: this.#checked(step.name) };
        this.labels.push(label);
        this.kept = [
          ...this.kept.filter((one) => one.projectId !== step.projectId),
          kept(step.projectId, label.id, label.name),
        ];
        return;
      }
      case 'rename':
        this.labels = this.labels.map((label) =>
          label.id === step.labelId ? { ...label, name: this.#checked(step.name, label) } : label,
        );
        this.kept = this.kept.map((one) => (one.projectId === step.projectId ? { ...one, name: step.name } : one));
        return;
      case 'adopt': {
        const { kind: _, ...own } = step;
        this.kept = [
          ...this.kept.filter(({ projectId, labelId }) => projectId !== own.projectId && labelId !== own.labelId),
          own,
        ];
        return;
      }
      case 'retire':
        if (this.mail.has(step.labelId)) return;
        this.deleted.push(step.labelId);
        this.labels = this.labels.filter(({ id }) => id !== step.labelId);
        this.kept = this.kept.filter(({ labelId }) => labelId !== step.labelId);
        return;
      case 'forget':
        this.kept = this.kept.filter(({ labelId }) => labelId !== step.labelId);
    }
  }

  #checked(name: string, own?: Label): string {
    if (name.length > 225 || name !== name.trim()) throw new Error(`Invalid label name: ${name}`);
    if (this.labels.some((one) => one !== own && one.name.toLowerCase() === name.toLowerCase()))
      throw new Error(`taken: ${name}`);
    return name;
  }
}

const startedWith = (...projects: LabelledProject[]): State => {
  const state = new State();
  state.run(projects);
  return state;
};

describe('each Work project has one label', () => {
  test('with its name, without a slash that would nest it, and not too long', () => {
    const state = startedWith(
      work('a', 'Acme'),
      work('b', ' Plan  2026/27\n'),
      work('c', `${'x'.repeat(215)}😀😀`),
      work('d', '  '),
    );
    expect(state.names()).toEqual(['Projects/Acme', 'Projects/Plan 2026-27', `Projects/${'x'.repeat(215)}…`]);
    expect(state.run([work('a', 'Acme'), work('b', 'Plan 2026/27'), work('c', `${'x'.repeat(215)}😀😀`)])).toEqual([]);
  });

  test('two with the same name get a number, which stays', () => {
    const long = 'y'.repeat(300);
    const state = startedWith(work('a', 'Acme'), work('b', 'ACME'), work('c', long), work('d', long));
    expect(state.names().map((name) => name.slice(-8))).toEqual(['cts/Acme', 'ACME (2)', 'yyyyyyy…', 'yyy… (2)']);
    expect(state.run([work('a', 'Other'), work('b', 'ACME'), work('c', long), work('d', long)])).toHaveLength(1);
    expect(state.nameFor('b')).toBe('Projects/ACME (2)');
  });

  test('an existing one is adopted', () => {
    const state = new State();
    state.labels = [{ id: 'theirs', name: 'projects/acme' }];
    state.run([work('a', 'Acme')]);
    expect(state.kept).toEqual([kept('a', 'theirs', 'Projects/Acme', false)]);
    expect(state.run([work('a', 'Acme')])).toEqual([]);
  });
});

describe('a project that is renamed', () => {
  test('renames its label, also if the name was passed on or swapped in a ring', () => {
    const state = startedWith(work('a', 'A'), work('b', 'B'), work('c', 'C'));
    state.run([work('a', 'B'), work('b', 'C'), work('c', 'D')]);
    expect(['a', 'b', 'c'].map((id) => state.nameFor(id))).toEqual(['Projects/B', 'Projects/C', 'Projects/D']);
    state.run([work('a', 'C'), work('b', 'D'), work('c', 'B')]);
    expect(['a', 'b', 'c'].map((id) => state.nameFor(id))).toEqual(['Projects/C', 'Projects/D', 'Projects/B']);
    expect(state.run([work('a', 'C'), work('b', 'D'), work('c', 'B')])).toEqual([]);
    expect(state.labels).toHaveLength(3);
  });

  test('gets a number if another label has that name, since mail is not merged', () => {
    const state = startedWith(work('a', 'A'));
    state.labels.push({ id: 'theirs', name: 'Projects/B' });
    state.run([work('a', 'B')]);
    expect(state.nameFor('a')).toBe('Projects/B (2)');
  });
});

describe('changes by a person', () => {
  test('a renamed label stays until the project is renamed', () => {
    const state = startedWith(work('a', 'A'));
    state.labels = [{ id: 'L1', name: 'Clients/A' }];
    expect(state.run([work('a', 'A')])).toEqual([]);
    state.run([work('a', 'B')]);
    expect(state.names()).toEqual(['Projects/B']);
  });

  test('a deleted label stays deleted until the project is renamed', () => {
    const state = startedWith(work('a', 'A'));
    state.labels = [];
    expect(state.run([work('a', 'A')])).toEqual([]);
    state.run([work('a', 'B')]);
    expect(state.names()).toEqual(['Projects/B']);
  });
});

describe('a project that no longer needs a label', () => {
  const archived: LabelledProject = { id: 'a', name: 'A', isWork: false };

  test('loses an empty label, keeps one with mail, and gets it again when it comes back', () => {
    const state = startedWith(work('a', 'A'), work('b', 'B'));
    state.mail.add('L1');
    state.run([archived, { ...work('b', 'B'), isWork: false }]);
    expect(state.names()).toEqual(['Projects/A']);
    expect(state.run([work('a', 'A')])).toEqual([]);
    state.mail.clear();
    state.run([]);
    expect(state.names()).toEqual([]);
    expect(state.kept).toEqual([]);
  });

  test('keeps an adopted label, and another project with that name gets its own', () => {
    const state = new State();
    state.labels = [{ id: 'theirs', name: 'Projects/A' }];
    state.run([work('a', 'A')]);
    expect(state.run([archived])).toEqual([]);
    state.run([archived, work('b', 'A')]);
    expect(state.kept).toEqual([kept('b', 'theirs', 'Projects/A', false)]);
  });

  test('forgets a label that no longer exists', () => {
    const state = startedWith(work('a', 'A'));
    state.labels = [];
    state.run([archived]);
    expect(state.kept).toEqual([]);
  });
});

test('in all cases: no duplicate names, none too long, one label each, none with mail deleted, and a second run does nothing', () => {
  const name = fc.constantFrom('A', 'a', 'B', 'A/B', 'A (2)', 'z'.repeat(230), ` ${'z'.repeat(240)}`, '');
  const event = fc.record({
    projects: fc.array(fc.record({ at: fc.integer({ min: 0, max: 4 }), name, isWork: fc.boolean() }), { maxLength: 5 }),
    mailTo: fc.option(fc.nat(5)),
    byHand: fc.option(
      fc.record({ label: fc.nat(5), name: fc.option(fc.constantFrom('Projects/A', 'Mine', 'Projects/a (2)')) }),
    ),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), (events) => {
      const state = new State();
      const projects = new Map<number, LabelledProject>();
      for (const { projects: edits, mailTo, byHand } of events) {
        for (const { at, name, isWork } of edits) projects.set(at, { id: `p${at}`, name, isWork });
        const mailed = mailTo === null ? undefined : state.labels[mailTo];
        if (mailed) state.mail.add(mailed.id);
        const touched = byHand && state.labels[byHand.label];
        if (touched && byHand.name === null) state.labels = state.labels.filter((label) => label !== touched);
        else if (touched && !state.names().some((name) => name.toLowerCase() === byHand.name?.toLowerCase())) {
          state.labels = state.labels.map((label) =>
            label === touched ? { ...label, name: byHand.name ?? '' } : label,
          );
        }
        const all = [...projects.values()];
        state.run(all);
        expect(new Set(state.kept.map(({ labelId }) => labelId)).size).toBe(state.kept.length);
        for (const { id, isWork, name } of all) {
          if (isWork && name !== '') expect(state.kept.filter(({ projectId }) => projectId === id)).toHaveLength(1);
        }
        expect(state.deleted.filter((id) => state.mail.has(id))).toEqual([]);
        const left = state.run(all).filter(({ kind }) => kind !== 'retire');
        expect(left).toEqual([]);
      }
    }),
    { numRuns: 500 },
  );
});
