import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { readConfig } from '../../config.ts';
import type { CycleRequest, Direction, SyncOutcome } from '../../cycle/messages.ts';
import { requireSyncedEntity, syncs } from '../../cycle/sync-names.ts';
import { FinalError, LockstepError } from '../../errors.ts';
import { requireNamed } from '../../shared/require-named.ts';
import { withClient } from '../../temporal/client.ts';
import { PHASES, queryProgress } from '../../temporal/cycle-progress.ts';
import { type CycleEnd, cycleEnd, startCycle } from './cycle.ts';
import { exitCodes } from './exit.ts';
import { forecast } from './forecast.ts';
import { LiveLines } from './live-lines.ts';
import { NO_WORKER_AFTER_MS, whyItWaits } from './no-worker.ts';

export interface SyncOptions {
  readonly inbound?: boolean;
  readonly outbound?: boolean;
  readonly entity?: readonly string[];
  readonly sweep?: boolean;
  readonly acceptArchive?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const POLL_MS = 500;

/** Runs a cycle through Temporal, and waits for its end. */
export async function syncCommand(names: readonly string[], options: SyncOptions): Promise<number> {
  const config = readConfig();
  const { taskQueue } = config.temporal;
  for (const name of names) requireSync(name);
  for (const name of options.entity ?? []) requireSyncedEntity(name);
  return withClient(config, async (client) => {
    const request = requestOf(names, options);
    const expected = options.json ? null : await forecast(config, request);
    if (expected) console.log(expected);
    const { workflowId, runId } = await startCycle(client, taskQueue, request);
    if (options.dryRun && !options.json) console.log('Dry run (nothing is written). A cycle would make these changes:');
    const lines = new LiveLines();
    const ended = cycleEnd(client, workflowId, runId);
    const end = await follow(client, workflowId, taskQueue, ended, options.json ? null : lines);
    lines.clear();
    const exitCode = report(end, options.json ? null : lines, runId);
    if (options.dryRun && !options.json && end.result) await explain(end.result.syncs);
    return exitCode;
  });
}

/** @throws FinalError `unknown_sync` */
function requireSync(name: string): void {
  const own = syncs()
    .filter(({ entity }) => entity === name)
    .map((sync) => sync.name);
  if (own.length === 0) return void requireNamed('sync', name, syncs());
  throw new FinalError('unknown_sync', `${name} is an entity, not a sync: use --entity ${name}, or ${own.join(', ')}`);
}

/** Prints the changes of a dry run by record. A machine without access to Notion prints the counts only. */
async function explain(syncs: readonly SyncOutcome[]): Promise<void> {
  const { explainDryRun } = await import('./plan.ts');
  await explainDryRun(syncs).catch((error: unknown) => {
    if (!(error instanceof LockstepError)) throw error;
    process.stderr.write(`lockstep: cannot list the changes by record: ${error.message}\n`);
  });
}

function requestOf(
  names: readonly string[],
  { inbound, outbound, entity, sweep, acceptArchive, dryRun }: SyncOptions,
): CycleRequest {
  const directions: Direction[] = [
    ...(inbound ? (['inbound'] as const) : []),
    ...(outbound ? (['outbound'] as const) : []),
  ];
  return {
    urgent: true,
    ...(names.length > 0 ? { names } : {}),
    ...(directions.length > 0 ? { directions } : {}),
    ...(entity && entity.length > 0 ? { entities: entity } : {}),
    ...(sweep ? { sweep } : {}),
    ...(acceptArchive ? { acceptArchive } : {}),
    ...(dryRun ? { dryRun } : {}),
  };
}

/** Prints the syncs as they end, and the reason if the cycle does not start. */
async function follow(
  client: Client,
  workflowId: string,
  taskQueue: string,
  ended: Promise<CycleEnd>,
  lines: LiveLines | null,
): Promise<CycleEnd> {
  const started = Date.now();
  let warned = false;
  for (;;) {
    const end = await Promise.race([ended, sleep(POLL_MS, null)]);
    if (end) return end;
    const progress = (await Promise.all(PHASES.map((phase) => queryProgress(client, `${workflowId}/${phase}`)))).flat();
    lines?.show(progress);
    if (warned || progress.length > 0 || Date.now() - started < NO_WORKER_AFTER_MS) continue;
    const execution = await client.workflow.getHandle(workflowId).describe();
    const why = whyItWaits(execution, taskQueue, 'the cycle') ?? 'another cycle is running: waiting for the cycle lock';
    process.stderr.write(`lockstep: ${why}\n`);
    warned = true;
  }
}

function report(end: CycleEnd, lines: LiveLines | null, cycleId: string): number {
  const result = end.result ?? { cycleId, ok: false, summary: `the cycle ${end.how}`, syncs: [] };
  if (!lines) {
    console.log(JSON.stringify(result, null, 2));
  } else {
    lines.rest(result.syncs);
    if (end.result) console.log(result.ok ? 'All good.' : 'Some syncs failed.');
    else process.stderr.write(`lockstep: ${result.summary}\n`);
  }
  return result.ok ? exitCodes.ok : exitCodes.failed;
}
