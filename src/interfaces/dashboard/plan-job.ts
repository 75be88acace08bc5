import { randomUUID } from 'node:crypto';
import { FinalError, LockstepError } from '../../errors.ts';
import type { AppliedChanges, MadePlan, PlanFile } from '../../operations/plan/make-plan.ts';

export interface PlanSteps {
  readonly signal: AbortSignal;
  readonly onProblem: (message: string) => void;
  readonly onEntity: (entity: string, index: number, total: number) => void;
}

/** Makes and applies plans, as `lockstep plan` and `lockstep apply` do. */
export interface Planner {
  plan(steps: PlanSteps): Promise<MadePlan>;
  apply(plan: PlanFile, steps: PlanSteps): Promise<AppliedChanges>;
}

export type PlanState =
  | { readonly kind: 'none' }
  | { readonly kind: 'working'; readonly what: 'planning' | 'applying'; readonly since: Date; readonly at: string }
  | { readonly kind: 'planned'; readonly id: string; readonly made: MadePlan; readonly problems: readonly string[] }
  | {
      readonly kind: 'applied';
      readonly at: Date;
      readonly result: AppliedChanges;
      readonly problems: readonly string[];
    }
  | { readonly kind: 'failed'; readonly message: string };

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
      const made = await this.#planner.plan(steps);
      return { kind: 'planned', id: randomUUID(), made, problems };
    });
  }

  /** Starts to apply the plan that a person has seen. @throws FinalError when there is another one, or none */
  apply(id: string): void {
    const state = this.#state;
    if (state.kind !== 'planned' || state.id !== id) {
      throw new FinalError('plan_replaced', 'This plan was replaced or applied already: nothing was changed.');
    }
    this.#begin('applying', async (steps, problems) => {
      const result = await this.#planner.apply(state.made.plan, steps);
      return { kind: 'applied', at: new Date(), result, problems };
    });
  }

  /** Resolves when the work in progress has ended. */
  async stop(): Promise<void> {
    this.#stop.abort(new FinalError('interrupted', 'The dashboard was stopped.'));
    await this.#work;
  }

  #begin(
    what: 'planning' | 'applying',
    work: (steps: PlanSteps, problems: readonly string[]) => Promise<PlanState>,
  ): void {
    if (this.#state.kind === 'working') {
      throw new FinalError('plan_running', 'A plan is being made or applied: wait for its end.');
    }
    const since = new Date();
    const problems: string[] = [];
    const steps: PlanSteps = {
      signal: this.#stop.signal,
      onProblem: (message) => problems.push(message),
      onEntity: (entity, index, total) =>
        this.#set({ kind: 'working', what, since, at: `${entity}, ${index + 1} of ${total}` }),
    };
    this.#set({ kind: 'working', what, since, at: 'starting' });
    this.#work = work(steps, problems).then(
      (state) => this.#set(state),
      (error: unknown) => this.#set({ kind: 'failed', message: this.#reasonOf(error) }),
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
