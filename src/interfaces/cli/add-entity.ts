import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { readConfig } from '../../config.ts';
import type { Entity } from '../../entities/define.ts';
import { entities } from '../../entities/index.ts';
import { ConfigurationError, FinalError } from '../../errors.ts';
import { NotionApi } from '../../notion/notion-api.ts';
import { SYNC_KEY } from '../../notion/schema.ts';
import { truncate } from '../../operations/history/format-value.ts';
import { archivedOption, statusesOf, statusField } from '../../operations/setup/add-entity/archived-status.ts';
import { type Checkout, type FileChange, openCheckout } from '../../operations/setup/add-entity/checkout.ts';
import { describeField } from '../../operations/setup/add-entity/describe-field.ts';
import { entityNameOf, findNameProblem } from '../../operations/setup/add-entity/entity-name.ts';
import { entitiesBySource, findSource } from '../../operations/setup/add-entity/find-source.ts';
import { readSamples } from '../../operations/setup/add-entity/page-samples.ts';
import { planFiles } from '../../operations/setup/add-entity/plan-files.ts';
import { type Proposal, proposeEntity } from '../../operations/setup/add-entity/propose-entity.ts';
import { tablesIn } from '../../operations/setup/add-entity/write-model.ts';
import { unlimitedBudget } from '../../operations/setup/init/connect.ts';
import { withRetries } from '../../operations/setup/init/create-databases.ts';
import { openPrompter, type Prompter } from '../../operations/setup/init/prompter.ts';
import { type SharedSource, sharedSources } from '../../operations/setup/init/survey.ts';
import { exitCodes } from './exit.ts';
import { table } from './table.ts';

export interface AddEntityOptions {
  readonly name?: string;
  /** Names of relations to at most one page. */
  readonly one?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const say = (line: string): void => console.log(line);

/** Writes the entity file, the model and the migration of a Notion database. */
export async function addEntityCommand(wanted: string, options: AddEntityOptions): Promise<number> {
  const ask = openPrompter(options.yes ?? false, 'stopped: nothing was written');
  const checkout = openCheckout();
  const { notion } = readConfig();
  if (notion.token === undefined) {
    throw new ConfigurationError("NOTION_TOKEN is not set: set it to your integration's token, or start lockstep up");
  }
  const api = new NotionApi(notion, unlimitedBudget);
  const listed = await withRetries(() => sharedSources(api));
  const source = await withRetries(() => findSource(api, wanted, listed));
  const shared = [source, ...listed.filter(({ id }) => id !== source.id)];
  const known = entitiesBySource(entities, notion.ids, shared);
  refuse(source, known, options);

  const schema = checkout.read('prisma/schema.prisma');
  const proposal = proposeEntity({
    name: await chooseName(ask, source, options.name, checkout, tablesIn(schema)),
    title: source.title,
    databaseId: idOf(source, shared),
    dataSourceId: source.id,
    schema: source.schema,
    samples: await withRetries(() => readSamples(api, source.id)),
    entities: known,
    toOne: options.one ?? [],
    tables: tablesIn(schema),
  });
  const entity = await chooseStatuses(ask, proposal.entity);
  for (const line of describe(source, { ...proposal, entity })) say(line);
  const changes = planFiles(checkout, { entity, backLinkTargets: proposal.backLinkTargets }, entities, new Date());
  if (options.dryRun) {
    for (const change of changes) say(patchOf(change));
    say('Nothing was written.');
    return exitCodes.ok;
  }
  const agreed = await ask.confirm({ message: 'Write these files?', fallback: true, unansweredError: '' });
  if (!agreed) throw new FinalError('stopped', 'stopped: nothing was written');
  checkout.write(changes);
  for (const { path, before } of changes) say(`${before === null ? 'Wrote' : 'Changed'} ${path}`);
  checkout.generate(say);
  for (const line of nextSteps(entity)) say(line);
  return exitCodes.ok;
}

/** @throws FinalError, ConfigurationError */
function refuse(
  { id, title, schema }: SharedSource,
  known: ReadonlyMap<string, string>,
  { one = [] }: AddEntityOptions,
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
  const wrong = one.find((property) => schema[property]?.type !== 'relation');
  if (wrong !== undefined) throw new ConfigurationError(`--one: "${title}" has no relation "${wrong}"`);
}

/** The id of the database, as in its link, or of the data source if the database has several. */
const idOf = ({ id, databaseId }: SharedSource, shared: readonly SharedSource[]): string =>
  shared.filter((source) => source.databaseId === databaseId).length > 1 ? id : databaseId;

async function chooseName(
  ask: Prompter,
  { title }: SharedSource,
  given: string | undefined,
  { entityFiles }: Checkout,
  tables: readonly string[],
): Promise<string> {
  const wrong = (name: string): string | undefined => findNameProblem(name, tables, entityFiles);
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

async function chooseStatuses(ask: Prompter, entity: Entity): Promise<Entity> {
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
  return { ...entity, ...statusesOf(status, archived) };
}

const MAX_SHOWN_LENGTH = 40;

function describe({ title, schema }: SharedSource, { entity, omitted: leftOut, backLinkTargets }: Proposal): string[] {
  const { name, archivedStatus, closedStatuses = [] } = entity;
  const rows = Object.entries(entity.fields).map(([field, declared]) => [
    truncate(declared.property, MAX_SHOWN_LENGTH),
    schema[declared.property]?.type ?? '',
    describeField(field, declared),
  ]);
  const omitted = leftOut.map(({ property, type, why }) => [
    truncate(property, MAX_SHOWN_LENGTH),
    type,
    `skipped: ${why}`,
  ]);
  return [
    `"${title}" becomes ${name}:`,
    '',
    table(['Notion', 'type', 'PostgreSQL'], [...rows, ...omitted]),
    '',
    archivedStatus === undefined
      ? 'Archiving a row moves its page to the trash.'
      : `Archiving a row sets "${entity.fields.status?.property}" to "${archivedStatus}".`,
    ...(closedStatuses.length === 0 ? [] : [`active_${name} also excludes ${closedStatuses.join(', ')}.`]),
    ...backLinkTargets.map((side) => `Links set in "${side.property}" of ${side.entity} are synced as well.`),
    '',
  ];
}

const patchOf = ({ path, before, after }: FileChange): string =>
  createTwoFilesPatch(before === null ? '/dev/null' : `a/${path}`, `b/${path}`, before ?? '', after, '', '', {
    context: 2,
    headerOptions: FILE_HEADERS_ONLY,
  });

const nextSteps = ({ name }: Entity): string[] => [
  '',
  'Next, in this order:',
  '  lockstep migrate                 creates the table; npm start does this automatically',
  '  Restart the workers              so that they sync it',
  `  lockstep plan --entity ${name.padEnd(9)} prints what a first sync would write`,
  '  lockstep sync                    copies the pages to SQL',
];
