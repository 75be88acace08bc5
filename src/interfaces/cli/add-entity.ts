import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { readConfig } from '../../config.ts';
import type { Entity } from '../../entities/define.ts';
import { entities } from '../../entities/index.ts';
import { ConfigurationError, FinalError } from '../../errors.ts';
import { NotionApi } from '../../notion/api.ts';
import { SYNC_KEY } from '../../notion/schema.ts';
import { clipped } from '../../operations/history/format-value.ts';
import { archivedOption, statusesOf, statusField } from '../../operations/setup/add-entity/archived-status.ts';
import { type Checkout, type FileChange, openCheckout } from '../../operations/setup/add-entity/checkout.ts';
import { describeField } from '../../operations/setup/add-entity/describe-field.ts';
import { entityNameOf, wrongName } from '../../operations/setup/add-entity/entity-name.ts';
import { entitiesBySource, findSource } from '../../operations/setup/add-entity/find-source.ts';
import { makeFiles } from '../../operations/setup/add-entity/make-files.ts';
import { readSamples } from '../../operations/setup/add-entity/page-samples.ts';
import { type Proposal, proposeEntity } from '../../operations/setup/add-entity/propose-entity.ts';
import { tablesIn } from '../../operations/setup/add-entity/write-model.ts';
import { patience } from '../../operations/setup/init/connect.ts';
import { persistently } from '../../operations/setup/init/create-databases.ts';
import { type Prompter, openPrompter } from '../../operations/setup/init/prompter.ts';
import { type SharedSource, sharedSources } from '../../operations/setup/init/survey.ts';
import { exitCodes } from './exit.ts';
import { table } from './table.ts';

export interface AddEntityOptions {
  readonly name?: string;
  /** Names of the relations that lead to one page at most. */
  readonly one?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const say = (line: string): void => console.log(line);

/** Writes all that a Notion database needs to be synced: its entity file, model and migration. */
export async function addEntityCommand(wanted: string, options: AddEntityOptions): Promise<number> {
  const ask = openPrompter(options.yes ?? false, 'stopped: nothing was written');
  const checkout = openCheckout();
  const { notion } = readConfig();
  if (notion.token === undefined) {
    throw new ConfigurationError("NOTION_TOKEN is not set: put your integration's token there, or start lockstep up");
  }
  const api = new NotionApi(notion, patience);
  const listed = await persistently(() => sharedSources(api));
  const source = await persistently(() => findSource(api, wanted, listed));
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
    samples: await persistently(() => readSamples(api, source.id)),
    entities: known,
    toOne: options.one ?? [],
    tables: tablesIn(schema),
  });
  const entity = await chooseStatuses(ask, proposal.entity);
  for (const line of describe(source, { ...proposal, entity })) say(line);
  const changes = makeFiles(checkout, { entity, farSides: proposal.farSides }, entities, new Date());
  if (options.dryRun) {
    for (const change of changes) say(patchOf(change));
    say('Nothing was written.');
    return exitCodes.ok;
  }
  const agreed = await ask.confirm({ message: 'Write it like this?', fallback: true, unansweredError: '' });
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
  if (already !== undefined) throw new FinalError('known', `«${title}» is synced already, as ${already}`);
  const key = schema[SYNC_KEY];
  if (key && key.type !== 'rich_text') {
    throw new FinalError('property_retyped', `«${SYNC_KEY}» must be of type text: rename it in Notion, or change it`);
  }
  const wrong = one.find((property) => schema[property]?.type !== 'relation');
  if (wrong !== undefined) throw new ConfigurationError(`--one: «${title}» has no relation «${wrong}»`);
}

/** A database's id, as its link has it, where that says enough. */
const idOf = ({ id, databaseId }: SharedSource, shared: readonly SharedSource[]): string =>
  shared.filter((source) => source.databaseId === databaseId).length > 1 ? id : databaseId;

async function chooseName(
  ask: Prompter,
  { title }: SharedSource,
  given: string | undefined,
  { entityFiles }: Checkout,
  tables: readonly string[],
): Promise<string> {
  const wrong = (name: string): string | undefined => wrongName(name, tables, entityFiles);
  if (given !== undefined) {
    const why = wrong(given);
    if (why !== undefined) throw new ConfigurationError(`--name ${given}: ${why}`);
    return given;
  }
  const derived = entityNameOf(title);
  const why = wrong(derived);
  const answer = await ask.line({
    message: `What is its table to be called${why === undefined ? ` (Enter: ${derived})` : ''}?`,
    ...(why === undefined ? { fallback: derived } : {}),
    unansweredError: `the table cannot be called «${derived}», as «${title}» would have it, since ${why}: give --name`,
    refuse: (name) => (name === '' && why === undefined ? undefined : wrong(name)),
  });
  return answer.trim();
}

async function chooseStatuses(ask: Prompter, entity: Entity): Promise<Entity> {
  const status = statusField(entity);
  if (!status || status.options.length === 0) return entity;
  const archived = await ask.choose<string | null>(
    {
      message: `Which «${status.property}» does a page get when its row is archived?`,
      fallback: archivedOption(status.options) ?? null,
      unansweredError: '',
    },
    [
      ...status.options.map((option) => ({ value: option, label: option })),
      { value: null, label: 'None: it goes to the trash' },
    ],
  );
  return { ...entity, ...statusesOf(status, archived) };
}

const LONGEST_SHOWN = 40;

function describe({ title, schema }: SharedSource, { entity, leftOut, farSides }: Proposal): string[] {
  const { name, archivedStatus, closedStatuses = [] } = entity;
  const rows = Object.entries(entity.fields).map(([field, declared]) => [
    clipped(declared.property, LONGEST_SHOWN),
    schema[declared.property]?.type ?? '',
    describeField(field, declared),
  ]);
  const omitted = leftOut.map(({ property, type, why }) => [
    clipped(property, LONGEST_SHOWN),
    type,
    `left out: ${why}`,
  ]);
  return [
    `«${title}» becomes ${name}:`,
    '',
    table(['Notion', 'type', 'PostgreSQL'], [...rows, ...omitted]),
    '',
    archivedStatus === undefined
      ? 'Archiving a row moves its page to the trash.'
      : `Archiving a row sets «${entity.fields.status?.property}» to «${archivedStatus}».`,
    ...(closedStatuses.length === 0 ? [] : [`active_${name} leaves out ${closedStatuses.join(', ')} as well.`]),
    ...farSides.map((side) => `Links set at «${side.property}» in ${side.entity} are seen, too.`),
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
  '  lockstep migrate                 makes the table; npm start does it by itself',
  '  start the workers again          so that they know it',
  `  lockstep plan --entity ${name.padEnd(9)} says what a first sync would write`,
  '  lockstep sync                    brings the pages to SQL',
];
