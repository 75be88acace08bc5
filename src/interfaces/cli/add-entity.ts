import { readConfig } from '../../config.ts';
import { entities, isSynced } from '../../definition/index.ts';
import type { EntityDefinition } from '../../definition/schema.ts';
import { entities as builtIn, isBuiltIn } from '../../entities/index.ts';
import { ConfigurationError, FinalError } from '../../errors.ts';
import { NotionApi } from '../../notion/notion-api.ts';
import { SYNC_KEY } from '../../notion/schema.ts';
import { type DefinitionEdit, NO_EDIT } from '../../operations/setup/definition-file/definition-edit.ts';
import { fieldLine } from '../../operations/setup/definition-file/write-script.ts';
import { unlimitedBudget } from '../../operations/setup/init/connect.ts';
import { withRetries } from '../../operations/setup/init/create-databases.ts';
import { openPrompter, type Prompter } from '../../operations/setup/init/prompter.ts';
import { type SharedSource, sharedSources } from '../../operations/setup/init/survey.ts';
import {
  archivedOption,
  statusesOf,
  statusField,
  withStatuses,
} from '../../operations/setup/propose/archived-status.ts';
import { entityNameOf, findNameProblem } from '../../operations/setup/propose/entity-name.ts';
import { entitiesBySource, findSource } from '../../operations/setup/propose/find-source.ts';
import { type ProposalContext, readProposals, takenNames } from '../../operations/setup/propose/read-proposals.ts';
import { describeProposal } from './describe-proposal.ts';
import { applyEdit } from './edit-definition.ts';
import { exitCodes } from './exit.ts';

export interface AddEntityOptions {
  readonly name?: string;
  /** Names of relations to at most one page. */
  readonly one?: readonly string[];
  /** Names of relations to several pages. */
  readonly many?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const say = (line: string): void => console.log(line);

/** Adds a Notion database, or a built-in entity, to the definition of this folder. */
export async function addEntityCommand(wanted: string, options: AddEntityOptions): Promise<number> {
  const ask = openPrompter(options.yes ?? false, 'stopped: nothing was written');
  const { notion } = readConfig();
  if (notion.token === undefined) {
    throw new ConfigurationError("NOTION_TOKEN is not set: set it to your integration's token, or start lockstep up");
  }
  const api = new NotionApi(notion, unlimitedBudget);
  const shared = await withRetries(() => sharedSources(api));
  const { name, edit } = isBuiltIn(wanted)
    ? await addBuiltIn(api, wanted, shared)
    : await addDatabase({ ask, api, shared, options }, wanted);
  for (const { entity, name: field, field: declared } of edit.addFields)
    say(`${entity} gets ${fieldLine(field, declared).replace(/,$/, '')}.`);
  const isWritten = await applyEdit(edit, { ask, say, dryRun: options.dryRun });
  if (isWritten) for (const line of nextSteps(name)) say(line);
  return exitCodes.ok;
}

interface Planned {
  readonly name: string;
  readonly edit: DefinitionEdit;
}

/** A built-in entity is listed by its name; relations of other entities lead to it again. */
async function addBuiltIn(api: NotionApi, name: string, shared: readonly SharedSource[]): Promise<Planned> {
  if (isSynced(name)) throw new FinalError('known', `${name} is already synced`);
  const { ids } = readConfig().notion;
  const addedBuiltIn = entitiesBySource(
    builtIn.filter((entity) => entity.name === name),
    Object.fromEntries(builtIn.map((entity) => [entity.name, ids[entity.name] ?? entity.databaseId])),
    shared,
  );
  const { links } = await readProposals(api, [], { ...contextOf(shared), addedBuiltIn });
  return { name, edit: { ...NO_EDIT, add: [name], addFields: links } };
}

interface Adding {
  readonly ask: Prompter;
  readonly api: NotionApi;
  readonly shared: readonly SharedSource[];
  readonly options: AddEntityOptions;
}

async function addDatabase({ ask, api, shared: listed, options }: Adding, wanted: string): Promise<Planned> {
  const source = await withRetries(() => findSource(api, wanted, listed));
  const shared = [source, ...listed.filter(({ id }) => id !== source.id)];
  const context = contextOf(shared);
  refuse(source, context.known, options);
  const name = await chooseName(ask, source, options.name);
  const { one = [], many = [] } = options;
  const { proposals, links } = await readProposals(api, [{ name, source }], { ...context, one, many });
  const [proposal] = proposals;
  if (!proposal) throw new Error(`no proposal for ${name}`);
  const entity = await chooseStatuses(ask, proposal.entity);
  for (const line of describeProposal(source, { ...proposal, entity })) say(line);
  return { name, edit: { ...NO_EDIT, add: [entity], addFields: links } };
}

const contextOf = (shared: readonly SharedSource[]): ProposalContext => ({
  shared,
  entities: entities(),
  known: entitiesBySource(entities(), readConfig().notion.ids, shared),
});

/** @throws FinalError, ConfigurationError */
function refuse(
  { id, title, schema }: SharedSource,
  known: ReadonlyMap<string, string>,
  { one = [], many = [] }: AddEntityOptions,
): void {
  const already = known.get(id);
  if (already !== undefined) throw new FinalError('known', `"${title}" is already synced, as ${already}`);
  const key = schema[SYNC_KEY];
  if (key && key.type !== 'rich_text') {
    throw new FinalError(
      'property_retyped',
      `"${SYNC_KEY}" must be of type text: rename the property in Notion, or change its type`,
    );
  }
  const wrong = [...one, ...many].find((property) => schema[property]?.type !== 'relation');
  if (wrong !== undefined) {
    throw new ConfigurationError(`--${one.includes(wrong) ? 'one' : 'many'}: "${title}" has no relation "${wrong}"`);
  }
}

async function chooseName(ask: Prompter, { title }: SharedSource, given: string | undefined): Promise<string> {
  const taken = takenNames(entities());
  const wrong = (name: string): string | undefined => findNameProblem(name, taken);
  if (given !== undefined) {
    const why = wrong(given);
    if (why !== undefined) throw new ConfigurationError(`--name ${given}: ${why}`);
    return given;
  }
  const derived = entityNameOf(title);
  const why = wrong(derived);
  const answer = await ask.text({
    message: `Name of its table${why === undefined ? ` (Enter: ${derived})` : ''}?`,
    ...(why === undefined ? { fallback: derived } : {}),
    unansweredError: `the table name "${derived}", derived from "${title}", cannot be used because ${why}: set --name`,
    validate: (name) => (name === '' && why === undefined ? undefined : wrong(name)),
  });
  return answer.trim();
}

async function chooseStatuses(ask: Prompter, entity: EntityDefinition): Promise<EntityDefinition> {
  const status = statusField(entity);
  if (!status || status.options.length === 0) return entity;
  const archived = await ask.choose<string | null>(
    {
      message: `Which value of "${status.property}" does a page get when its row is archived?`,
      fallback: archivedOption(status.options) ?? null,
      unansweredError: '',
    },
    [
      ...status.options.map((option) => ({ value: option, label: option })),
      { value: null, label: 'None: the page is moved to the trash' },
    ],
  );
  return withStatuses(entity, statusesOf(status, archived));
}

const nextSteps = (name: string): string[] => [
  '',
  'Next, in this order:',
  '  lockstep migrate                 creates what its table lacks; lockstep up does this automatically',
  '  Restart the workers              so that they sync it',
  `  lockstep plan --entity ${name.padEnd(9)} prints what a first sync would write`,
  '  lockstep sync                    copies the pages to SQL',
];
