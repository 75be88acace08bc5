import { randomUUID } from 'node:crypto';
import { FinalError, LockstepError } from '../../errors.ts';
import type { AppliedChanges, MadePlan, PlanFile, PlannedChange } from '../../operations/plan/make-plan.ts';

/** A plan with more changes is applied with the command. */
export const MAX_CHANGES = 500;
const MAX_PROBLEMS = 50;

export interface PlanSteps {
  readonly signal: AbortSignal;
  readonly onProblem: (message: string) => void;
  readonly onEntity: (entity: string, index: number, total: number) => void;
  /** The id of what is applied. */
  readonly onCycle: (cycleId: string) => void;
}

/** Messages about what could not be done. */
export interface Problems {
  readonly first: readonly string[];
  readonly count: number;
}

/** Makes and applies plans, as `lockstep plan` and `lockstep apply` do. */
export interface Planner {
  plan(steps: PlanSteps): Promise<MadePlan>;
  apply(plan: PlanFile, steps: PlanSteps): Promise<AppliedChanges>;
}

export type PlanState =
  | { readonly kind: 'none' }
  | { readonly kind: 'working'; readonly what: 'planning' | 'applying'; readonly since: Date; readonly at: string }
  | PlannedState
  | {
      readonly kind: 'applied';
      readonly at: Date;
      readonly result: AppliedChanges;
      readonly problems: Problems;
    }
  | {
      readonly kind: 'failed';
      readonly message: string;
      /** Of an apply: the id of the changes that were applied before it failed. */
      readonly cycleId: string | null;
    };

export interface PlannedState {
  readonly kind: 'planned';
  readonly id: string;
  readonly madeAt: string;
  /** All changes, or the first ones of a plan that has more than `MAX_CHANGES`. */
  readonly changes: readonly PlannedChange[];
  /** The number of all changes, by the side that they would write. */
  readonly counts: Readonly<Record<PlannedChange['side'], number>>;
  readonly problems: Problems;
}

/** The only plan of a dashboard. It is made and applied in the background, and lost when the process ends. */
export class PlanJob {
  readonly #planner: Planner;
  readonly #say: (line: string) => void;
  readonly #stop = new AbortController();
  #state: PlanState = { kind: 'none' };
  #version = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(planner: Planner, say: (line: string) => void) {
    this.#planner = planner;
    this.#say = say;
  }

  get state(): PlanState {
    return this.#state;
  }

  /** Differs as soon as the state does. */
  get marker(): string {
    return String(this.#version);
  }

  /** Starts to make a plan, which replaces the last one. @throws FinalError while one is made or applied */
  start(): void {
    this.#begin('planning', async (steps, problems) => {
      const { plan } = await this.#planner.plan(steps);
      const { madeAt, changes } = plan;
      const first = changes.slice(0, MAX_CHANGES + 1);
      return { kind: 'planned', id: randomUUID(), madeAt, changes: first, counts: countBySide(changes), problems };
    });
  }

  /**
   * Starts to apply the plan that a person has seen.
   * @throws FinalError when there is another one, or none, or it is too large
   */
  apply(id: string): void {
    const state = this.#state;
    if (state.kind !== 'planned' || state.id !== id) {
      throw new FinalError('plan_replaced', 'This plan was replaced or applied already: nothing was changed.');
    }
    const { madeAt, changes } = state;
    if (changes.length > MAX_CHANGES) {
      throw new FinalError('too_large', 'The plan is too large for this page: use lockstep plan and lockstep apply.');
    }
    this.#begin('applying', async (steps, problems) => {
      const result = await this.#planner.apply({ lockstepPlan: 1, madeAt, changes: [...changes] }, steps);
      return { kind: 'applied', at: new Date(), result, problems };
    });
  }

  /** Resolves when the work in progress has ended. */
  async stop(): Promise<void> {
    this.#stop.abort(new FinalError('interrupted', 'The dashboard was stopped.'));
    await this.#work;
  }

  #begin(what: 'planning' | 'applying', work: (steps: PlanSteps, problems: Problems) => Promise<PlanState>): void {
    if (this.#state.kind === 'working') {
      throw new FinalError('plan_running', 'A plan is being made or applied: wait for its end.');
    }
    const since = new Date();
    const problems = { first: [] as string[], count: 0 };
    let cycleId: string | null = null;
    const steps: PlanSteps = {
      signal: this.#stop.signal,
      onProblem: (message) => {
        problems.count += 1;
        if (problems.count <= MAX_PROBLEMS) problems.first.push(message);
      },
      onCycle: (id) => {
        cycleId = id;
      },
      onEntity: (entity, index, total) =>
        this.#set({ kind: 'working', what, since, at: `${entity}, ${index + 1} of ${total}` }),
    };
    this.#set({ kind: 'working', what, since, at: 'starting' });
    this.#work = work(steps, problems).then(
      (state) => this.#set(state),
      (error: unknown) => this.#set({ kind: 'failed', message: this.#reasonOf(error), cycleId }),
    );
  }

  #reasonOf(error: unknown): string {
    if (error instanceof LockstepError) return error.message;
    this.#say(`unexpected: ${error instanceof Error ? error.stack : error}`);
    return 'Internal error: see the log of the dashboard.';
  }

  #set(state: PlanState): void {
    this.#state = state;
    this.#version += 1;
  }
}

function countBySide(changes: readonly PlannedChange[]): PlannedState['counts'] {
  const counts = { sql: 0, notion: 0, google: 0 };
  for (const { side } of changes) counts[side] += 1;
  return counts;
}
