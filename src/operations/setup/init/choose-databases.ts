import type { Entity } from '../../../entities/define.ts';
import { ConfigurationError, FinalError } from '../../../errors.ts';
import { parseNotionId } from '../../../shared/notion-id.ts';
import type { Choice, Prompter } from './prompter.ts';
import { type DatabaseProposals, proposeDatabases, rate, scoreOf } from './propose-databases.ts';
import type { SharedPage, SharedSource, Survey } from './survey.ts';

/** The data source of each entity; null for one that is to be created. */
export type Places = ReadonlyMap<string, SharedSource | null>;

export interface ChosenDatabases {
  readonly places: Places;
  /** The page for the new databases; null if none is missing. */
  readonly pageId: string | null;
  /** Whether to ask about each property. */
  readonly oneByOne: boolean;
}

export interface DatabaseInput {
  readonly useExisting: boolean;
  /** A page's id, link or title. */
  readonly createUnder: string | undefined;
}

interface Asking {
  readonly ask: Prompter;
  readonly say: (line: string) => void;
  readonly entities: readonly Entity[];
  readonly survey: Survey;
  readonly input: DatabaseInput;
  /** The environment variable for an entity's database id. */
  readonly variableOf: (entity: string) => string;
  /** Describes the properties of an entity in its data source, in one line. */
  readonly describe: (entity: Entity, places: Places) => string;
}

/**
 * Lets the owner choose existing databases or new ones. Clear matches are proposed, unclear ones are asked.
 * @param given the data sources that the environment sets
 */
export async function chooseDatabases(
  asking: Asking,
  given: ReadonlyMap<string, SharedSource>,
): Promise<ChosenDatabases> {
  const { ask, say, entities, survey, input } = asking;
  const open = entities.filter(({ name }) => !given.has(name));
  const free = survey.sources.filter(({ id }) => ![...given.values()].some((source) => source.id === id));
  const proposals = proposeDatabases(open, free);
  const onlyNew = input.createUnder !== undefined && !input.useExisting;
  const isFound = ({ name }: Entity): boolean => proposals.get(name)?.kind !== 'missing';
  const proposed: Places = new Map([
    ...given,
    ...open.map((entity) => [entity.name, foundOf(proposals, entity)] as const),
  ]);
  const allNew: Places = new Map([...given, ...open.map(({ name }) => [name, null] as const)]);
  const withPage = async (
    places: Places,
    { oneByOne = false, agreed = null }: Agreed = {},
  ): Promise<ChosenDatabases> => {
    const isComplete = entities.every(({ name }) => places.get(name));
    return { places, oneByOne, pageId: isComplete ? null : (agreed?.id ?? (await choosePage(asking, places))) };
  };
  if (onlyNew || !open.some(isFound)) {
    for (const entity of open) checkMayCreate(asking, entity);
    return withPage(allNew);
  }

  say('Databases that are shared with the integration, by entity:');
  for (const entity of entities) say(`  ${lineOf(asking, entity, proposed, proposals)}`);
  sayUnused(asking, unusedOf(free, proposed, proposals));
  const page = clearPage(asking, proposed);
  const mode = await ask.choose(
    { message: 'Use these databases?', fallback: 'use', unansweredError: '' },
    modesFor(open, proposals, page),
  );
  if (mode === 'new') return withPage(allNew);
  const oneByOne = mode === 'each';
  return withPage(await choosePlaces(asking, open, free, { given, proposals, each: oneByOne }), {
    oneByOne,
    agreed: page,
  });
}

/** The data sources that no entity uses, or may use. */
function unusedOf(free: readonly SharedSource[], proposed: Places, proposals: DatabaseProposals): SharedSource[] {
  const candidates = [...proposals.values()].flatMap((proposal) =>
    proposal.kind === 'unclear' ? proposal.candidates : [],
  );
  const used = new Set([...proposed.values(), ...candidates]);
  return free.filter((source) => !used.has(source));
}

function sayUnused({ say }: Asking, unused: readonly SharedSource[]): void {
  if (unused.length === 0) return;
  const titles = unused.map(({ title }) => `"${title || 'Untitled'}"`).join(', ');
  say(`  Not used: ${titles}. To sync one of them as well: lockstep add-entity TITLE`);
}

interface Agreed {
  readonly oneByOne?: boolean;
  /** The page that the owner has accepted. */
  readonly agreed?: SharedPage | null;
}

interface PlaceOptions {
  readonly given: ReadonlyMap<string, SharedSource>;
  readonly proposals: DatabaseProposals;
  /** Whether to ask about all entities, not only unclear ones. */
  readonly each: boolean;
}

async function choosePlaces(
  asking: Asking,
  open: readonly Entity[],
  free: readonly SharedSource[],
  { given, proposals, each }: PlaceOptions,
): Promise<Places> {
  const places = new Map<string, SharedSource | null>(given);
  for (const entity of open) {
    const isUnused = (source: SharedSource): boolean => ![...places.values()].includes(source);
    const proposal = proposals.get(entity.name);
    const proposed = foundOf(proposals, entity);
    const isUnclear = proposal?.kind === 'unclear';
    const candidates = each ? byScore(entity, free) : isUnclear ? proposal.candidates : [];
    const asked = candidates.filter(isUnused);
    const source = asked.length > 0 ? await pick(asking, entity, asked, isUnclear ? undefined : proposed) : proposed;
    if (!source) checkMayCreate(asking, entity);
    places.set(entity.name, source);
  }
  return places;
}

/** @throws ConfigurationError if no database may be created */
function checkMayCreate({ input, variableOf }: Asking, { name }: Entity): void {
  if (!input.useExisting || input.createUnder !== undefined) return;
  throw new ConfigurationError(
    `no database for ${name} is shared with the integration: share it, set ${variableOf(name)} to its id, or use --create-under`,
  );
}

const foundOf = (proposals: DatabaseProposals, { name }: Entity): SharedSource | null => {
  const proposal = proposals.get(name);
  return proposal?.kind === 'found' ? proposal.source : null;
};

const byScore = (entity: Entity, sources: readonly SharedSource[]): SharedSource[] =>
  sources
    .map((source) => rate(entity, source))
    .toSorted((a, b) => scoreOf(b) - scoreOf(a))
    .map(({ source }) => source);

function lineOf({ describe }: Asking, entity: Entity, places: Places, proposals: DatabaseProposals): string {
  const name = entity.title.padEnd(16);
  const source = places.get(entity.name);
  if (source) return `${name} "${source.title}": ${describe(entity, places)}`;
  return `${name} ${proposals.get(entity.name)?.kind === 'unclear' ? 'unclear, will be asked' : 'missing, will be created'}`;
}

type Mode = 'use' | 'each' | 'new';

function modesFor(open: readonly Entity[], proposals: DatabaseProposals, page: SharedPage | null): Choice<Mode>[] {
  const missing = open.filter(({ name }) => proposals.get(name)?.kind === 'missing').length;
  const where = page ? ` under "${page.title}"` : '';
  return [
    { value: 'use', label: missing === 0 ? 'Yes' : `Yes, and create the other ${missing}${where}` },
    { value: 'each', label: 'Choose one by one' },
    { value: 'new', label: 'No, create new ones' },
  ];
}

/** @param proposed null for a new one, undefined if unclear */
function pick(
  { ask, variableOf }: Asking,
  entity: Entity,
  sources: readonly SharedSource[],
  proposed: SharedSource | null | undefined,
): Promise<SharedSource | null> {
  const variable = variableOf(entity.name);
  const titles = sources.map(({ title }) => `"${title}"`).join(', ');
  return ask.choose<SharedSource | null>(
    {
      message: `Which database is "${entity.title}"?`,
      ...(proposed === undefined ? {} : { fallback: proposed }),
      unansweredError: `several databases may be ${entity.name} (${titles}): set ${variable} to the id of one`,
    },
    [
      ...sources.map((source) => ({ value: source, label: source.title || 'Untitled', hint: source.id })),
      { value: null, label: 'None of them, create a new one' },
    ],
  );
}

async function choosePage(asking: Asking, places: Places): Promise<string> {
  const { ask, entities, survey, input } = asking;
  if (input.createUnder !== undefined) return findPageId(input.createUnder, survey.pages);
  const missing = entities.filter(({ name }) => !places.get(name)).length;
  const what = missing === entities.length ? `the ${missing} databases` : `the missing ${missing}`;
  const first = rootPages(survey.pages);
  if (first.length === 0) {
    throw new FinalError(
      'nothing_shared',
      `no page is shared with the integration, so ${what} cannot be created: share a page in Notion (••• → Connections), and run lockstep init again`,
    );
  }
  const clear = clearPage(asking, places);
  return ask.choose(
    {
      message: `Create ${what} under which page?`,
      ...(clear ? { fallback: clear.id } : {}),
      unansweredError: `several pages are shared for ${what} (${first.map(({ title }) => `"${title}"`).join(', ')}): use --create-under`,
    },
    [...new Set([...first, ...survey.pages])].map(({ id, title }) => ({ value: id, label: title })),
  );
}

/** The page that contains the other databases, or the only shared page; null if that is not unique. */
function clearPage({ survey: { pages }, input }: Asking, places: Places): SharedPage | null {
  if (input.createUnder !== undefined) return null;
  const neighbours = new Set([...places.values()].flatMap((source) => source?.onPage ?? []));
  const nearby = pages.filter(({ id }) => neighbours.has(id));
  const [page, another] = nearby.length > 0 ? nearby : rootPages(pages);
  return page && !another ? page : null;
}

/** Shared pages whose parent is not shared. */
const rootPages = (pages: readonly SharedPage[]): SharedPage[] =>
  pages.filter(({ onPage }) => !pages.some(({ id }) => id === onPage));

/** @throws ConfigurationError if it matches no page, or several */
function findPageId(wanted: string, pages: readonly SharedPage[]): string {
  const titled = pages.filter(({ title }) => title.toLowerCase() === wanted.trim().toLowerCase());
  const id = titled.length === 1 ? titled[0]?.id : parseNotionId(wanted);
  if (id) return id;
  throw new ConfigurationError(
    titled.length === 0
      ? `--create-under: no page "${wanted}" is shared with the integration: share it (••• → Connections), or use its link`
      : `--create-under: ${titled.length} pages are named "${wanted}": use the link of one`,
  );
}
