import { readFileSync, writeFileSync } from 'node:fs';
import { openServices, type WorkerServices } from '../activities/services.ts';
import { readConfig } from '../config.ts';
import { syncedEntity, titlesOfChanges } from '../database/changes.ts';
import type { Entity } from '../entities/define.ts';
import { entities } from '../entities/index.ts';
import { FinalError, LockstepError } from '../errors.ts';
import { applyToEntity } from '../plan/apply-plan.ts';
import { planEntity } from '../plan/make-plan.ts';
import { type PlannedChange, planFile } from '../plan/planned-change.ts';
import type { Issue } from '../sync/ports.ts';
import type { Value } from '../sync/types.ts';
import { NAMES, shortly } from '../words.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';

export interface PlanOptions {
  readonly entity?: readonly string[];
  /** Where to keep the plan. */
  readonly out?: string;
  readonly json?: boolean;
}

const LONGEST_VALUE = 60;

/** What a cycle would write on either side, record by record, field by field. Nothing is written. */
export const planCommand = ({ entity: names, out, json = false }: PlanOptions): Promise<number> =>
  withServices(async (services, signal) => {
    const chosen = names ? names.map(notionEntity) : entities;
    const { changes, failed } = await eachEntity(chosen, async (entity) => {
      const plan = await planEntity(services, entity, signal);
      sayIssues(plan.issues);
      return plan.changes;
    });
    const plan = { lockstepPlan: 1, madeAt: new Date().toISOString(), changes };
    if (out !== undefined) writeFileSync(out, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
    if (json) console.log(JSON.stringify(plan, null, 2));
    else for (const line of await describe(services, changes)) console.log(line);
    if (out !== undefined)
      process.stderr.write(`lockstep: kept in ${out}; to do exactly that: lockstep apply ${out}\n`);
    return failed ? exitCodes.failed : exitCodes.ok;
  });

/** Does what a plan says, and leaves out what has moved since. */
export const applyCommand = (file: string): Promise<number> =>
  withServices(async (services, signal) => {
    const planned = readPlan(file);
    const named = [...new Set(planned.map(({ entity }) => entity))].map(notionEntity);
    const { failed } = await eachEntity(named, async (entity) => {
      const own = planned.filter((change) => change.entity === entity.name);
      const { cycleId, done, leftOut, issues } = await applyToEntity(services, entity, own, signal);
      sayIssues(issues);
      const taking = done.length > 0 ? `; to take it back: lockstep undo ${cycleId}` : '';
      console.log(`${entity.name}: ${done.length} of ${own.length} changes made${taking}`);
      for (const { side, title, recordId } of leftOut) {
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

function notionEntity(name: string): Entity {
  const entity = syncedEntity(name);
  if (!entity.remote) return entity;
  throw new FinalError('no_plan', 'calendars have no plan yet: lockstep sync --dry-run counts what would be done');
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

async function describe(services: WorkerServices, changes: readonly PlannedChange[]): Promise<readonly string[]> {
  if (changes.length === 0) return ['Both sides say the same: nothing would be written.'];
  const titles = await titlesOfChanges(services.database, changes);
  const inSql = changes.filter(({ side }) => side === 'sql').length;
  return [
    ...changes.flatMap((change) => describeOne(change, titles)),
    `${changes.length} changes: ${inSql} in SQL, ${changes.length - inSql} in Notion. Nothing was written.`,
  ];
}

function describeOne(change: PlannedChange, titles: ReadonlyMap<string, string>): readonly string[] {
  const { entity, side, title, before, after } = change;
  const say = (value: Value | undefined): string => shortly(value, titles, LONGEST_VALUE);
  const fields = Object.entries(after.fields).filter(([, value]) => before || !isEmpty(value));
  return [
    `${before ? '~' : '+'} ${entity} «${title}» in ${NAMES[side]}`,
    ...fields.map(([name, value]) =>
      before ? `    ${name}: ${say(before.fields[name])} → ${say(value)}` : `    ${name}: ${say(value)}`,
    ),
    ...(before && before.archived !== after.archived ? [`    ${after.archived ? 'archived' : 'restored'}`] : []),
  ];
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);
