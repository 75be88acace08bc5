import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'dotenv';
import { type Config, readConfig } from '../../../config.ts';
import { openDefinition } from '../../../definition/index.ts';
import { ConfigurationError } from '../../../errors.ts';
import { requireOwn } from '../../../shared/require-own.ts';
import { inWorkspace, type Workspace } from '../../../shared/workspace.ts';
import { type ListedWorkspace, workspaceFiles } from './list-workspaces.ts';

/** A workspace as its files configure it. */
export interface ReadWorkspace {
  readonly workspace: Workspace;
  readonly config: Config;
}

type Env = Readonly<Record<string, string | undefined>>;

/** These are about the process, whatever a folder says. */
const OF_PROCESS =
  /^(OTEL_.*|LOG_LEVEL|LOCKSTEP_(METRICS_ADDRESS|HEALTH_ADDRESS|WORKSPACES?)|DATABASE_MAX_CONNECTIONS)$/;
/** Where Temporal is, and how to sign in: all from one place, so that no key is sent to another server. */
const TEMPORAL_PLACE = /^TEMPORAL_(?!TASK_QUEUE$|DEPLOYMENT_NAME$|WORKER_BUILD_ID$)/;
/** The process may say these for all of its workspaces; a folder's own value counts. */
const COMMON = /^(TEMPORAL_(DEPLOYMENT_NAME|WORKER_BUILD_ID)|DATABASE_POOL_SIZE|LOCKSTEP_TIME_ZONE)$/;
/** Relative paths are relative to the folder. */
const PATHS = /^(TEMPORAL_CONFIG_FILE|TEMPORAL_TLS_\w+_PATH|LOCKSTEP_(PARA|CONTEXT|NOTES)_ROOT)$/;
/** A process of many workspaces has few connections for each. */
const POOL_SIZE = '2';

const pick = (env: Env, isWanted: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value && isWanted(name) ? [[name, value] as const] : [])),
  );

/** What the process itself is configured with. */
export const processEnv = (env: Env): Record<string, string> => pick(env, (name) => OF_PROCESS.test(name));

/** The environment of one workspace: that of its folder, and of the process only what is common to all. */
export function workspaceEnv(folder: string, own: Env, ofProcess: Env): Record<string, string> {
  const knowsTemporal = Object.keys(pick(own, (name) => TEMPORAL_PLACE.test(name))).length > 0;
  const isCommon = (name: string): boolean =>
    OF_PROCESS.test(name) || COMMON.test(name) || (!knowsTemporal && TEMPORAL_PLACE.test(name));
  const inFolder = Object.entries(pick(own, (name) => !OF_PROCESS.test(name))).map(
    ([name, value]) => [name, PATHS.test(name) ? resolve(folder, value) : value] as const,
  );
  return { DATABASE_POOL_SIZE: POOL_SIZE, ...pick(ofProcess, isCommon), ...Object.fromEntries(inFolder) };
}

/**
 * Reads what a folder configures.
 * @throws ConfigurationError in one line; FinalError when a file belongs to another user
 */
export async function readWorkspace({ name, folder }: ListedWorkspace): Promise<ReadWorkspace> {
  if (!existsSync(folder)) throw new ConfigurationError(`${folder} does not exist`);
  if (workspaceFiles(folder).length === 0)
    throw new ConfigurationError(`${folder} is no workspace: neither it nor a folder in it has a .env file`);
  const file = join(folder, '.env');
  requireOwn(file);
  const own = existsSync(file) ? parse(readFileSync(file)) : {};
  const workspace: Workspace = { name, folder, env: workspaceEnv(folder, own, process.env) };
  await openDefinition(workspace);
  return { workspace, config: inWorkspace(workspace, () => readConfig()) };
}

/** Differs when the files of a folder have changed. */
export function fingerprintOf(folder: string): string {
  const hash = createHash('sha256');
  for (const name of workspaceFiles(folder)) hash.update(`${name}\n`).update(contentOf(join(folder, name)));
  return hash.digest('hex');
}

function contentOf(path: string): Buffer | string {
  try {
    return readFileSync(path);
  } catch (error) {
    return String(error);
  }
}
