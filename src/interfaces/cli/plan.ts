import { readFileSync, writeFileSync } from 'node:fs';
import { readConfig } from '../../config.ts';
import type { SyncOutcome } from '../../cycle/messages.ts';
import { entitiesNamed, nameOf } from '../../database/named-entities.ts';
import type { Entity } from '../../entities/define.ts';
import { FinalError, LockstepError } from '../../errors.ts';
import { syncedEntity } from '../../operations/history/changes.ts';
import { NAMES } from '../../operations/history/format-value.ts';
import { applyPlan } from '../../operations/plan/apply-plan.ts';
import { configuredEntities } from '../../runtime/open-entity.ts';
import { planEntity } from '../../runtime/plan-entity.ts';
import { type PlannedChange, planFile } from '../../runtime/planned-change.ts';
import { openServices, type WorkerServices } from '../../runtime/services.ts';
import type { Issue } from '../../sync/ports.ts';
import { databaseUrl } from './database-url.ts';
import { describePlan } from './describe-plan.ts';
import { exitCodes } from './exit.ts';

export interface PlanOptions {
  readonly entity?: readonly string[];
  /** Where to keep the plan. */
  readonly out?: string;
  readonly json?: boolean;
}

/** What a cycle would write on either side, record by record, field by field. Nothing is written. */
export const planCommand = ({ entity: names, out, json = false }: PlanOptions): Promise<number> =>
  withServices(async (services, signal) => {
    const can = await configuredEntities(services);
    const chosen = names ? names.flatMap((name) => chosenBy(name, can)) : can;
    const { changes, failed } = await eachEntity(chosen, async (entity) => {
      const plan = await planEntity(services, entity, signal);
      sayIssues(plan.issues);
      return plan.changes;
    });
    const plan = { lockstepPlan: 1, madeAt: new Date().toISOString(), changes };
    if (out !== undefined) writeFileSync(out, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
    if (json) console.log(JSON.stringify(plan, null, 2));
    else for (const line of await describePlan(services.database, changes)) console.log(line);
    if (out !== undefined)
      process.stderr.write(`lockstep: kept in ${out}; to do exactly that: lockstep apply ${out}\n`);
    return failed ? exitCodes.failed : exitCodes.ok;
  });

/** Says record by record what a dry run has counted; an entity for which it counts nothing is not asked about again. */
export const explainDryRun = (counted: readonly SyncOutcome[]): Promise<number> =>
  withServices(async (services, signal) => {
    const can = await configuredEntities(services);
    const wouldWrite = counted.filter(({ created, updated, archived }) => created + updated + archived > 0);
    const { changes } = await eachEntity(can, async (entity) => {
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

/** Does what a plan says, and leaves out what has moved since. */
export const applyCommand = (file: string): Promise<number> =>
  withServices(async (services, signal) => {
    const planned = readPlan(file);
    const named = [...new Set(planned.map(({ entity }) => entity))].map(syncedEntity);
    const { failed } = await eachEntity(named, async (entity) => {
      const own = planned.filter((change) => change.entity === entity.name);
      const { cycleId, applied, skipped, issues } = await applyPlan(services, entity, own, signal);
      sayIssues(issues);
      const taking = applied.length > 0 ? `; to take it back: lockstep undo ${cycleId}` : '';
      console.log(`${entity.name}: ${applied.length} of ${own.length} changes made${taking}`);
      for (const { side, title, recordId } of skipped) {
        console.log(`  left out, since something has moved: «${title}» in ${NAMES[side]} (row ${recordId})`);
      }
      return [];
    });
    return failed ? exitCodes.failed : exitCodes.ok;
  });

async function withServices(work: (services: WorkerServices, signal: AbortSignal) => Promise<number>): Promise<number> {
  const config = readConfig();
  databaseUrl(config);
  const services = openServices(config, () => undefined);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new FinalError('interrupted', 'interrupted: nothing more is done')));
  try {
    return await work(services, stop.signal);
  } finally {
    await services.close();
  }
}

/** One entity's trouble stops none of the others. */
async function eachEntity(
  chosen: readonly Entity[],
  work: (entity: Entity) => Promise<readonly PlannedChange[]>,
): Promise<{ readonly changes: readonly PlannedChange[]; readonly failed: boolean }> {
  const changes: PlannedChange[] = [];
  let failed = false;
  for (const entity of chosen) {
    try {
      changes.push(...(await work(entity)));
    } catch (error) {
      if (!(error instanceof LockstepError) || error.code === 'interrupted') throw error;
      failed = true;
      process.stderr.write(`lockstep: ${error.message}\n`);
    }
  }
  return { changes, failed };
}

/** `calendar_events` are the calendars that there is an account for; where there is none, the plan says why. */
function chosenBy(name: string, can: readonly Entity[]): readonly Entity[] {
  const together = entitiesNamed(name);
  const configured = together.filter((entity) => can.includes(entity));
  if (configured.length > 0) return configured;
  return together.length > 0 ? together.slice(0, 1) : [syncedEntity(name)];
}

function readPlan(file: string): readonly PlannedChange[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new FinalError('no_plan', `${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const plan = planFile.safeParse(parseJson(text));
  if (plan.success) return plan.data.changes;
  throw new FinalError('no_plan', `${file} holds no plan: make one with lockstep plan --out ${file}`);
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
