import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { databaseIdVariable, readConfig } from '../../config.ts';
import { openDatabase } from '../../database/client.ts';
import { migrate } from '../../database/migrate.ts';
import { requestBudget } from '../../database/request-budget.ts';
import { dataFolder, deleteFolder, runningUp } from '../../embedded/folder.ts';
import { entities } from '../../entities/index.ts';
import { ConfigurationError, FinalError } from '../../errors.ts';
import { NotionApi } from '../../notion/api.ts';
import { findDataSource } from '../../notion/data-source.ts';
import { type EntityPlace, applyMappings } from '../../operations/setup/init/apply-mappings.ts';
import { chooseDatabases, type Places } from '../../operations/setup/init/choose-databases.ts';
import {
  chooseProperties,
  describeProperties,
  propose,
  parsePropertyMapping,
  type PropertyInput,
} from '../../operations/setup/init/choose-properties.ts';
import { connect, readShared, readTokenFile } from '../../operations/setup/init/connect.ts';
import { createDatabases, withRetries } from '../../operations/setup/init/create-databases.ts';
import { EnvFile, type EnvValues } from '../../operations/setup/init/env-file.ts';
import { type Prompter, openPrompter } from '../../operations/setup/init/prompter.ts';
import { type SharedSource, type Survey, toSource } from '../../operations/setup/init/survey.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';
import { firstSync, NEXT } from './first-sync.ts';
import { type Running, withServers } from './init-servers.ts';
import { describeMigrations } from './migrate.ts';

export interface InitOptions {
  /** `-` for standard input. */
  readonly tokenFile?: string;
  readonly databaseUrl?: string;
  readonly useExisting?: boolean;
  readonly createUnder?: string;
  /** As in `tasks/Priority=Dringlichkeit`. */
  readonly map?: readonly string[];
  readonly overwrite?: boolean;
  readonly fresh?: boolean;
  readonly yes?: boolean;
  readonly sync: boolean;
}

const say = (line: string): void => console.log(line);

/** From a token to the first completed sync. What an earlier run got done is not done again. */
export async function initCommand(options: InitOptions): Promise<number> {
  const ask = openPrompter(options.yes ?? false, 'stopped; `lockstep init` goes on from here when it is run again');
  const wishes = new Map((options.map ?? []).map(parsePropertyMapping));
  const folder = dataFolder();
  const up = runningUp(folder);
  if (up) {
    throw new FinalError('already_running', `\`lockstep up\` runs on ${folder}, as process ${up.pid}: stop it first`);
  }
  const { notion } = readConfig();
  const token = options.tokenFile === undefined ? notion.token : await readTokenFile(options.tokenFile);
  const connected = await connect(ask, say, { baseUrl: notion.baseUrl, token });
  const shared = await readShared(ask, say, connected);
  const given = await givenSources(connected.api, shared, options);
  const { places, pageId, oneByOne } = await chooseDatabases(
    {
      ask,
      say,
      entities,
      survey: shared,
      input: { useExisting: options.useExisting ?? false, createUnder: options.createUnder },
      variableOf: databaseIdVariable,
      describe: (entity, all) => describeProperties(entity, propose(entity, all.get(entity.name)?.schema ?? {}, all)),
    },
    given,
  );
  const mappings = await chooseMappings({ ask, wishes, oneByOne }, places);
  const url = await chooseDatabaseUrl(ask, options);
  await forgetSample(ask, options, folder, url);

  const write = (values: EnvValues): Promise<void> => writeDown(ask, options, values);
  await write({ NOTION_TOKEN: connected.token, ...(url === undefined ? {} : { DATABASE_URL: url }) });
  const settled = await makeMissing(connected.api, places, pageId, mappings);
  const chosen = settled.filter(({ entity }) => !given.has(entity.name));
  await write(
    Object.fromEntries(chosen.map(({ entity, dataSourceId }) => [databaseIdVariable(entity.name), dataSourceId])),
  );
  say('Wrote .env.');
  return withServers(folder, { sync: options.sync, say }, (running) => fill(ask, options, settled, running));
}

/** Brings PostgreSQL up to date, both sides together, and the first sync to its end. */
async function fill(ask: Prompter, { sync }: InitOptions, settled: readonly EntityPlace[], running: Running): Promise<number> {
  const config = readConfig();
  say(describeMigrations(await migrate(databaseUrl(config))));
  const database = openDatabase(databaseUrl(config), 4);
  try {
    const budget = requestBudget(database, 'notion', config.notion.requestsPerMinute);
    const api = new NotionApi(config.notion, budget, { urgent: true });
    const parts = { config, database, api, ask, say, running };
    await applyMappings(parts, settled);
    if (sync) return await firstSync(parts, settled);
    say(NEXT);
    return exitCodes.ok;
  } finally {
    await database.close();
  }
}

/** Those that a variable names, or that are the very ones of `src/entities`. */
async function givenSources(
  api: NotionApi,
  { sources }: Survey,
  { createUnder }: InitOptions,
): Promise<ReadonlyMap<string, SharedSource>> {
  const { ids } = readConfig().notion;
  const given = new Map<string, SharedSource>();
  for (const entity of entities) {
    const id = ids[entity.name] ?? entity.databaseId;
    const listed = sources.find((source) => source.id === id || source.databaseId === id);
    if (process.env[databaseIdVariable(entity.name)]) {
      const found = async () => toSource((await withRetries(() => findDataSource(api, entity, id, null))).source);
      given.set(entity.name, listed ?? (await found()));
    } else if (listed && createUnder === undefined) given.set(entity.name, listed);
  }
  return given;
}

type Mappings = ReadonlyMap<string, ReadonlyMap<string, string>>;

async function chooseMappings(
  asking: { ask: Prompter; wishes: PropertyInput; oneByOne: boolean },
  places: Places,
): Promise<Mappings> {
  const mappings = new Map<string, ReadonlyMap<string, string>>();
  for (const entity of entities) {
    const schema = places.get(entity.name)?.schema;
    if (!schema) continue;
    mappings.set(entity.name, await chooseProperties(asking, entity, schema, propose(entity, schema, places)));
  }
  return mappings;
}

/** @returns undefined for one that Lockstep brings itself */
async function chooseDatabaseUrl(ask: Prompter, options: InitOptions): Promise<string | undefined> {
  if (options.databaseUrl !== undefined) {
    const wrong = wrongUrl(options.databaseUrl);
    if (wrong) throw new ConfigurationError(`--database-url: ${wrong}`);
    if (new URL(options.databaseUrl).password) {
      throw new ConfigurationError(
        '--database-url: every user of the machine could read the password: set DATABASE_URL',
      );
    }
    return options.databaseUrl;
  }
  const given = readConfig().database.url;
  if (given) return given;
  const answer = await ask.text({
    message: 'PostgreSQL: the URL of yours, or just Enter for one that Lockstep brings along',
    fallback: '',
    unansweredError: '',
    validate: (url) => (url === '' ? undefined : wrongUrl(url)),
  });
  return answer.trim() || undefined;
}

function wrongUrl(url: string): string | undefined {
  try {
    readConfig({ DATABASE_URL: url });
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

/** Rows of the sample workspace must not get pages in the real one. */
async function forgetSample(ask: Prompter, options: InitOptions, folder: string, url: string | undefined): Promise<void> {
  const hasSample = url === undefined && existsSync(join(folder, 'notion.jsonl'));
  if (!hasSample && !options.fresh) return;
  const agreed =
    options.fresh ||
    (await ask.confirm({
      message: `${folder} holds the sample workspace of an earlier \`npm start\`. Delete it?`,
      unansweredError: `${folder} holds the sample workspace of an earlier \`npm start\`: give --fresh to delete it, or set DATABASE_URL`,
    }));
  if (!agreed)
    throw new FinalError('stopped', 'stopped: set DATABASE_URL to another PostgreSQL, and run lockstep init again');
  await deleteFolder(folder);
}

/** In `.env` and for the rest of this run. */
async function writeDown(ask: Prompter, { overwrite }: InitOptions, values: EnvValues): Promise<void> {
  const file = EnvFile.read('.env');
  const taken = file.taken(values);
  const agreed =
    taken.length === 0 ||
    overwrite ||
    (await ask.confirm({
      message: `.env has another value for ${taken.join(', ')}. Overwrite it?`,
      unansweredError: `.env has another value for ${taken.join(', ')}: remove it there, or give --overwrite`,
    }));
  if (!agreed) throw new FinalError('stopped', 'stopped: .env is as it was');
  file.write(values);
  Object.assign(process.env, values);
}

async function makeMissing(
  api: NotionApi,
  places: Places,
  pageId: string | null,
  mappings: Mappings,
): Promise<readonly EntityPlace[]> {
  const missing = entities.filter(({ name }) => !places.get(name));
  const made = pageId === null ? new Map<string, string>() : await createDatabases(api, missing, pageId);
  if (missing.length > 0) say(`Made in Notion: ${missing.map(({ title }) => title).join(', ')}.`);
  return entities.map((entity) => {
    const source = places.get(entity.name);
    const properties = mappings.get(entity.name) ?? new Map<string, string>();
    return {
      entity,
      dataSourceId: source?.id ?? made.get(entity.name) ?? '',
      schema: source?.schema ?? {},
      properties,
    };
  });
}
