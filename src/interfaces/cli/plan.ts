import { readFileSync, writeFileSync } from 'node:fs';
import { readConfig } from '../../config.ts';
import type { SyncOutcome } from '../../cycle/messages.ts';
import { entitiesNamed, nameOf } from '../../definition/named-entities.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import { requireEntity } from '../../operations/history/changes.ts';
import { SIDE_NAMES } from '../../operations/history/format-value.ts';
import { eachEntity } from '../../operations/plan/each-entity.ts';
import { applyChanges, makePlan } from '../../operations/plan/make-plan.ts';
import { configuredEntities } from '../../runtime/open-entity.ts';
import { planEntity } from '../../runtime/plan-entity.ts';
import { type PlanFile, planFile } from '../../runtime/planned-change.ts';
import { openServices, type WorkerServices } from '../../runtime/services.ts';
import { databaseUrl } from './database-url.ts';
import { describePlan } from './describe-plan.ts';
import { exitCodes } from './exit.ts';
import { holdForPlan, releaseHold } from './hold.ts';
import { sayBudgetWait } from './say-budget-wait.ts';

export interface PlanOptions {
  readonly entity?: readonly string[];
  /** The file to save the plan to. */
  readonly out?: string;
  /** Pauses everything else for so long, in milliseconds. */
  readonly hold?: number;
  readonly json?: boolean;
}

/** Prints what a cycle would write on each side, by record and field; writes nothing. */
export const planCommand = ({ entity: names, out, hold, json = false }: PlanOptions): Promise<number> =>
  withServices(async (services, signal) => {
    if (hold !== undefined) await holdForPlan(services.config, hold);
    const can = await configuredEntities(services);
    const chosen = names ? names.flatMap((name) => chosenBy(name, can)) : can;
    const made = await makePlan(services, chosen, { signal, onProblem: warn });
    const plan = hold === undefined ? made.plan : { ...made.plan, isHeld: true };
    if (out !== undefined) writeFileSync(out, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
    if (json) console.log(JSON.stringify(plan, null, 2));
    else for (const line of await describePlan(services.database, plan.changes)) console.log(line);
    if (out !== undefined) process.stderr.write(`lockstep: Saved to ${out}. Apply it with: lockstep apply ${out}\n`);
    return made.failed ? exitCodes.failed : exitCodes.ok;
  });

/** Lists by record the changes that a dry run counted. An entity without counted changes is not planned. */
export const explainDryRun = (counted: readonly SyncOutcome[]): Promise<number> =>
  withServices(async (services, signal) => {
    const can = await configuredEntities(services);
    const wouldWrite = counted.filter(({ created, updated, archived }) => created + updated + archived > 0);
    const { found: changes } = await eachEntity(can, { signal, onProblem: warn }, async (entity) => {
      const own = wouldWrite.filter(({ entity: name }) => name === nameOf(entity));
      if (own.length === 0) return [];
      const plan = await planEntity(services, entity, signal);
      return plan.changes.filter(({ side }) =>
        own.some(({ direction }) => (direction === 'inbound') === (side === 'sql')),
      );
    });
    for (const line of changes.length > 0 ? await describePlan(services.database, changes) : []) console.log(line);
    return exitCodes.ok;
  });

/** Applies a plan, and skips records that changed since. */
export const applyCommand = (file: string): Promise<number> =>
  withServices(async (services, signal) => {
    const plan = readPlan(file);
    const { cycleId, failed } = await applyChanges(services, plan, {
      ...{ signal, onProblem: warn },
      onApplied: ({ entity, applied, skipped }) => {
        console.log(`${entity}: ${applied.length} of ${applied.length + skipped.length} changes applied`);
        for (const { side, title, recordId } of skipped) {
          console.log(`  Skipped, because it changed since: "${title}" in ${SIDE_NAMES[side]} (row ${recordId})`);
        }
      },
    });
    if (plan.isHeld) await releaseHold(services.config);
    if (cycleId !== null) console.log(`Undo all of it with: lockstep undo ${cycleId}`);
    return failed ? exitCodes.failed : exitCodes.ok;
  });

export async function withServices(
  work: (services: WorkerServices, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const config = readConfig();
  databaseUrl(config);
  const opened = openServices(config, () => undefined);
  const services = { ...opened, budget: sayBudgetWait(opened.budget) };
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new FinalError('interrupted', 'interrupted')));
  try {
    return await work(services, stop.signal);
  } finally {
    await services.close();
  }
}

/** `calendar_events` means the calendars that have an account; without one, the plan reports the reason. */
export function chosenBy(name: string, can: readonly Entity[]): readonly Entity[] {
  const together = entitiesNamed(name);
  const configured = together.filter((entity) => can.includes(entity));
  if (configured.length > 0) return configured;
  return together.length > 0 ? together.slice(0, 1) : [requireEntity(name)];
}

function readPlan(file: string): PlanFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new FinalError('no_plan', `${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const plan = planFile.safeParse(parseJson(text));
  if (plan.success) return plan.data;
  throw new FinalError('no_plan', `${file} is not a plan: create one with lockstep plan --out ${file}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Prints what could not be done. */
export const warn = (message: string): void => {
  process.stderr.write(`lockstep: ${message}\n`);
};
