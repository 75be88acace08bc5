import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { databaseIdVariable, readConfig } from '../../config.ts';
import { openDatabase } from '../../database/client.ts';
import { requestBudget } from '../../database/request-budget.ts';
import { entities } from '../../definition/index.ts';
import { deleteFolder } from '../../embedded/delete-folder.ts';
import { dataFolder, runningUp } from '../../embedded/folder.ts';
import { ConfigurationError, FinalError } from '../../errors.ts';
import { findDataSource } from '../../notion/data-source.ts';
import { NotionApi } from '../../notion/notion-api.ts';
import { applyMappings, type EntityPlace } from '../../operations/setup/init/apply-mappings.ts';
import { chooseDatabases, type Places } from '../../operations/setup/init/choose-databases.ts';
import { chooseOptions, type OptionInput, parseOptionMapping } from '../../operations/setup/init/choose-options.ts';
import {
  chooseProperties,
  describeProperties,
  type PropertyInput,
  parsePropertyMapping,
  proposeForEntity,
} from '../../operations/setup/init/choose-properties.ts';
import { type Connected, connect, readShared, readTokenFile } from '../../operations/setup/init/connect.ts';
import { createDatabases, withRetries } from '../../operations/setup/init/create-databases.ts';
import { EnvFile, type EnvValues } from '../../operations/setup/init/env-file.ts';
import { openPrompter, type Prompter } from '../../operations/setup/init/prompter.ts';
import { type SharedSource, type Survey, toSource } from '../../operations/setup/init/survey.ts';
import { continueInit } from './continue-init.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';
import { firstSync, NEXT } from './first-sync.ts';
import { chooseDefinition, type DefinitionOptions } from './init-definition.ts';
import { type Running, withServers } from './init-servers.ts';
import { prepareDatabase } from './migrate.ts';
import { sayBudgetWait } from './say-budget-wait.ts';

export interface InitOptions extends DefinitionOptions {
  /** `-` is standard input. */
  readonly tokenFile?: string;
  readonly databaseUrl?: string;
  readonly overwrite?: boolean;
  readonly fresh?: boolean;
  readonly yes?: boolean;
  readonly sync: boolean;
  /** An earlier process of this run has said which integration it is. */
  readonly resumed?: boolean;
}

const say = (line: string): void => console.log(line);

/** Sets up a workspace, from the token to the first sync. It resumes an earlier run that was stopped. */
export async function initCommand(options: InitOptions): Promise<number> {
  const ask = openPrompter(options.yes ?? false, 'stopped: run `lockstep init` again to resume');
  const folder = dataFolder();
  const up = runningUp(folder);
  if (up) {
    throw new FinalError(
      'already_running',
      `\`lockstep up\` is running on ${folder} (process ${up.pid}): stop it first`,
    );
  }
  const { notion } = readConfig();
  const token = options.tokenFile === undefined ? notion.token : await readTokenFile(options.tokenFile);
  const connected = await connect(ask, options.resumed ? () => undefined : say, { baseUrl: notion.baseUrl, token });
  const shared = await readShared(ask, say, connected);
  const outcome = await chooseDefinition({ ask, say, api: connected.api, sources: shared.sources, options });
  if (outcome === 'stopped') return exitCodes.ok;
  if (outcome === 'written') {
    await writeDown(ask, options, { NOTION_TOKEN: connected.token });
    return continueInit(argumentsOf(options));
  }
  return setUp({ ask, options, folder }, connected, shared);
}

/** The options for the process that goes on; it finds the token in `.env`. */
const argumentsOf = (options: InitOptions): readonly string[] => [
  ...(options.databaseUrl === undefined ? [] : ['--database-url', options.databaseUrl]),
  ...(options.useExisting ? ['--use-existing'] : []),
  ...(options.createUnder === undefined ? [] : ['--create-under', options.createUnder]),
  ...(options.map ?? []).flatMap((mapping) => ['--map', mapping]),
  ...(options.overwrite ? ['--overwrite'] : []),
  ...(options.fresh ? ['--fresh'] : []),
  ...(options.yes ? ['--yes'] : []),
  ...(options.sync ? [] : ['--no-sync']),
];

interface Setup {
  readonly ask: Prompter;
  readonly options: InitOptions;
  readonly folder: string;
}

/** Sets up what the definition lists. */
async function setUp({ ask, options, folder }: Setup, connected: Connected, shared: Survey): Promise<number> {
  const input = parseMappings(options.map ?? []);
  const given = await givenSources(connected.api, shared, options);
  const { places, pageId, oneByOne } = await chooseDatabases(
    {
      ask,
      say,
      entities: entities(),
      survey: shared,
      input: { useExisting: options.useExisting ?? false, createUnder: options.createUnder },
      variableOf: databaseIdVariable,
      describe: (entity, all) => {
        const schema = all.get(entity.name)?.schema ?? {};
        return describeProperties(entity, schema, proposeForEntity(entity, schema, all));
      },
    },
    given,
  );
  const mappings = await chooseMappings({ ask, input, oneByOne }, places);
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

/** Migrates PostgreSQL, saves the mapping, and runs the first sync. */
async function fill(
  ask: Prompter,
  { sync }: InitOptions,
  settled: readonly EntityPlace[],
  running: Running,
): Promise<number> {
  const config = readConfig();
  await prepareDatabase(databaseUrl(config), say);
  const database = openDatabase(databaseUrl(config), 4);
  try {
    const budget = sayBudgetWait(requestBudget(database, 'notion', config.notion.requestsPerMinute));
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

/** The data sources that a variable names, or that have the id of an entity file. */
async function givenSources(
  api: NotionApi,
  { sources }: Survey,
  { createUnder }: InitOptions,
): Promise<ReadonlyMap<string, SharedSource>> {
  const { ids } = readConfig().notion;
  const given = new Map<string, SharedSource>();
  for (const entity of entities()) {
    const id = ids[entity.name] ?? entity.databaseId;
    const listed = sources.find((source) => source.id === id || source.databaseId === id);
    if (process.env[databaseIdVariable(entity.name)]) {
      const found = async () => toSource((await withRetries(() => findDataSource(api, entity, id, null))).source);
      given.set(entity.name, listed ?? (await found()));
    } else if (listed && createUnder === undefined) given.set(entity.name, listed);
  }
  return given;
}

interface MappingInput {
  readonly properties: PropertyInput;
  readonly options: OptionInput;
}

/** @throws ConfigurationError */
function parseMappings(texts: readonly string[]): MappingInput {
  const properties = new Map<string, string>();
  const options = new Map<string, Record<string, string>>();
  for (const text of texts) {
    const found = parseOptionMapping(text);
    if (found) {
      const [subject, option, name] = found;
      options.set(subject, { ...options.get(subject), [option]: name });
    } else properties.set(...parsePropertyMapping(text));
  }
  return { properties, options };
}

type EntityMapping = Pick<EntityPlace, 'properties' | 'options'>;

/** By entity name. */
type Mappings = ReadonlyMap<string, EntityMapping>;

async function chooseMappings(
  { ask, input, oneByOne }: { ask: Prompter; input: MappingInput; oneByOne: boolean },
  places: Places,
): Promise<Mappings> {
  const mappings = new Map<string, EntityMapping>();
  for (const entity of entities()) {
    const schema = places.get(entity.name)?.schema;
    if (!schema) continue;
    const asking = { ask, input: input.properties, oneByOne };
    const properties = await chooseProperties(asking, entity, schema, proposeForEntity(entity, schema, places));
    const options = await chooseOptions(ask, input.options, entity, { schema, properties });
    mappings.set(entity.name, { properties, options });
  }
  return mappings;
}

/** @returns undefined for the embedded PostgreSQL */
async function chooseDatabaseUrl(ask: Prompter, options: InitOptions): Promise<string | undefined> {
  if (options.databaseUrl !== undefined) {
    const wrong = wrongUrl(options.databaseUrl);
    if (wrong) throw new ConfigurationError(`--database-url: ${wrong}`);
    if (new URL(options.databaseUrl).password) {
      throw new ConfigurationError(
        '--database-url: other users of this machine could read the password: set DATABASE_URL instead',
      );
    }
    return options.databaseUrl;
  }
  const given = readConfig().database.url;
  if (given) return given;
  const answer = await ask.text({
    message: 'URL of your PostgreSQL (Enter: the embedded PostgreSQL)',
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

/** Rows of the sample workspace must not be created as pages in the real one. */
async function forgetSample(
  ask: Prompter,
  options: InitOptions,
  folder: string,
  url: string | undefined,
): Promise<void> {
  const hasSample = url === undefined && existsSync(join(folder, 'notion.jsonl'));
  if (!hasSample && !options.fresh) return;
  const agreed =
    options.fresh ||
    (await ask.confirm({
      message: `${folder} contains the sample workspace of an earlier \`npm start\`. Delete it?`,
      unansweredError: `${folder} contains the sample workspace of an earlier \`npm start\`: delete it with --fresh, or set DATABASE_URL`,
    }));
  if (!agreed)
    throw new FinalError('stopped', 'stopped: set DATABASE_URL to another PostgreSQL, and run lockstep init again');
  await deleteFolder(folder);
}

/** Writes values to `.env`, and sets them for this run. */
async function writeDown(ask: Prompter, { overwrite }: InitOptions, values: EnvValues): Promise<void> {
  const file = EnvFile.read('.env');
  const taken = file.conflictsWith(values);
  const agreed =
    taken.length === 0 ||
    overwrite ||
    (await ask.confirm({
      message: `.env has another value for ${taken.join(', ')}. Overwrite it?`,
      unansweredError: `.env has another value for ${taken.join(', ')}: remove it there, or use --overwrite`,
    }));
  if (!agreed) throw new FinalError('stopped', 'stopped: .env was not changed');
  file.write(values);
  Object.assign(process.env, values);
}

async function makeMissing(
  api: NotionApi,
  places: Places,
  pageId: string | null,
  mappings: Mappings,
): Promise<readonly EntityPlace[]> {
  const missing = entities().filter(({ name }) => !places.get(name));
  const made = pageId === null ? new Map<string, string>() : await createDatabases(api, missing, pageId);
  if (missing.length > 0) say(`Created in Notion: ${missing.map(({ title }) => title).join(', ')}.`);
  return entities().map((entity) => {
    const source = places.get(entity.name);
    return {
      entity,
      dataSourceId: source?.id ?? made.get(entity.name) ?? '',
      schema: source?.schema ?? {},
      ...(mappings.get(entity.name) ?? { properties: new Map() }),
    };
  });
}
