import { readFileSync, writeFileSync } from 'node:fs';
import { readConfig } from '../../config.ts';
import type { SyncOutcome } from '../../cycle/messages.ts';
import { entitiesNamed, nameOf } from '../../definition/named-entities.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError, LockstepError } from '../../errors.ts';
import { requireEntity } from '../../operations/history/changes.ts';
import { SIDE_NAMES } from '../../operations/history/format-value.ts';
import { applyPlan, newApplyId } from '../../operations/plan/apply-plan.ts';
import { configuredEntities } from '../../runtime/open-entity.ts';
import { planEntity } from '../../runtime/plan-entity.ts';
import { type PlanFile, planFile } from '../../runtime/planned-change.ts';
import { openServices, type WorkerServices } from '../../runtime/services.ts';
import type { Issue } from '../../sync/ports.ts';
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
    const { found: changes, failed } = await eachEntity(chosen, async (entity) => {
      const plan = await planEntity(services, entity, signal);
      sayIssues(plan.issues);
      return plan.changes;
    });
    const isHeld = hold === undefined ? {} : { isHeld: true };
    const plan = { lockstepPlan: 1, madeAt: new Date().toISOString(), ...isHeld, changes };
    if (out !== undefined) writeFileSync(out, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
    if (json) console.log(JSON.stringify(plan, null, 2));
    else for (const line of await describePlan(services.database, changes)) console.log(line);
    if (out !== undefined) process.stderr.write(`lockstep: Saved to ${out}. Apply it with: lockstep apply ${out}\n`);
    return failed ? exitCodes.failed : exitCodes.ok;
  });

/** Lists by record the changes that a dry run counted. An entity without counted changes is not planned. */
export const explainDryRun = (counted: readonly SyncOutcome[]): Promise<number> =>
  withServices(async (services, signal) => {
    const can = await configuredEntities(services);
    const wouldWrite = counted.filter(({ created, updated, archived }) => created + updated + archived > 0);
    const { found: changes } = await eachEntity(can, async (entity) => {
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
    const { changes: planned, isHeld } = readPlan(file);
    const named = [...new Set(planned.map(({ entity }) => entity))].map(requireEntity);
    const cycleId = newApplyId();
    const { found: done, failed } = await eachEntity(named, async (entity) => {
      const own = planned.filter((change) => change.entity === entity.name);
      const { applied, skipped, issues } = await applyPlan(services, { entity, cycleId }, own, signal);
      sayIssues(issues);
      console.log(`${entity.name}: ${applied.length} of ${own.length} changes applied`);
      for (const { side, title, recordId } of skipped) {
        console.log(`  Skipped, because it changed since: "${title}" in ${SIDE_NAMES[side]} (row ${recordId})`);
      }
      return applied;
    });
    if (isHeld) await releaseHold(services.config);
    if (done.length > 0) console.log(`Undo all of it with: lockstep undo ${cycleId}`);
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

/** A failed entity does not stop the others. */
export async function eachEntity<T>(
  chosen: readonly Entity[],
  work: (entity: Entity) => Promise<readonly T[]>,
): Promise<{ readonly found: readonly T[]; readonly failed: boolean }> {
  const found: T[] = [];
  let failed = false;
  for (const entity of chosen) {
    try {
      found.push(...(await work(entity)));
    } catch (error) {
      if (!(error instanceof LockstepError) || error.code === 'interrupted') throw error;
      failed = true;
      process.stderr.write(`lockstep: ${error.message}\n`);
    }
  }
  return { found, failed };
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

const sayIssues = (issues: readonly Issue[]): void => {
  for (const { message } of issues) process.stderr.write(`lockstep: ${message}\n`);
};
