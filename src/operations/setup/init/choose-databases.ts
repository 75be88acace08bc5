import { parseNotionId } from '../../../config.ts';
import type { Entity } from '../../../entities/define.ts';
import { ConfigurationError, FinalError } from '../../../errors.ts';
import type { Ask, Choice } from './ask.ts';
import { type DatabaseProposals, proposeDatabases, rate, scoreOf } from './propose-databases.ts';
import type { SharedPage, SharedSource, Survey } from './survey.ts';

/** Where an entity is to live: in a data source that is there, or (null) in one that is to be made. */
export type Places = ReadonlyMap<string, SharedSource | null>;

export interface ChosenDatabases {
  readonly places: Places;
  /** Under which page the missing ones are made; null where none is missing. */
  readonly pageId: string | null;
  /** The owner wants to see every property. */
  readonly oneByOne: boolean;
}

export interface DatabaseWishes {
  readonly useExisting: boolean;
  /** A page's id, link or title. */
  readonly createUnder: string | undefined;
}

interface Asking {
  readonly ask: Ask;
  readonly say: (line: string) => void;
  readonly entities: readonly Entity[];
  readonly survey: Survey;
  readonly wishes: DatabaseWishes;
  /** How an entity is called by the variable that names its database. */
  readonly variableOf: (entity: string) => string;
  /** Says in a line what a place means for an entity's properties. */
  readonly describe: (entity: Entity, places: Places) => string;
}

/**
 * Lets the owner pick what is there, or have it made. What is clear is proposed, what is not is asked.
 * @param given those that the environment names
 */
export async function chooseDatabases(
  asking: Asking,
  given: ReadonlyMap<string, SharedSource>,
): Promise<ChosenDatabases> {
  const { ask, say, entities, survey, wishes } = asking;
  const open = entities.filter(({ name }) => !given.has(name));
  const free = survey.sources.filter(({ id }) => ![...given.values()].some((source) => source.id === id));
  const proposals = proposeDatabases(open, free);
  const onlyNew = wishes.createUnder !== undefined && !wishes.useExisting;
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
    for (const entity of open) refuseNew(asking, entity);
    return withPage(allNew);
  }

  say('What is shared with the integration, and what it is taken for:');
  for (const entity of entities) say(`  ${lineOf(asking, entity, proposed, proposals)}`);
  const page = clearPage(asking, proposed);
  const way = await ask.choose(
    { message: 'Use them like this?', fallback: 'use', otherwise: '' },
    waysFor(open, proposals, page),
  );
  if (way === 'new') return withPage(allNew);
  const oneByOne = way === 'each';
  return withPage(await settle(asking, open, free, { given, proposals, each: oneByOne }), { oneByOne, agreed: page });
}

interface Agreed {
  readonly oneByOne?: boolean;
  /** The page that the owner has agreed to. */
  readonly agreed?: SharedPage | null;
}

interface Settling {
  readonly given: ReadonlyMap<string, SharedSource>;
  readonly proposals: DatabaseProposals;
  /** All are asked, not only the unclear ones. */
  readonly each: boolean;
}

async function settle(
  asking: Asking,
  open: readonly Entity[],
  free: readonly SharedSource[],
  { given, proposals, each }: Settling,
): Promise<Places> {
  const places = new Map<string, SharedSource | null>(given);
  for (const entity of open) {
    const isLeft = (source: SharedSource): boolean => ![...places.values()].includes(source);
    const proposal = proposals.get(entity.name);
    const proposed = foundOf(proposals, entity);
    const isUnclear = proposal?.kind === 'unclear';
    const candidates = each ? byScore(entity, free) : isUnclear ? proposal.candidates : [];
    const asked = candidates.filter(isLeft);
    const source = asked.length > 0 ? await pick(asking, entity, asked, isUnclear ? undefined : proposed) : proposed;
    if (!source) refuseNew(asking, entity);
    places.set(entity.name, source);
  }
  return places;
}

/** @throws ConfigurationError where nothing is to be made */
function refuseNew({ wishes, variableOf }: Asking, { name }: Entity): void {
  if (!wishes.useExisting || wishes.createUnder !== undefined) return;
  throw new ConfigurationError(
    `no database of ${name} is shared with the integration: share it, put its id into ${variableOf(name)}, or give --create-under`,
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
  if (source) return `${name} «${source.title}»: ${describe(entity, places)}`;
  return `${name} ${proposals.get(entity.name)?.kind === 'unclear' ? 'unclear: will be asked' : 'not there: will be made'}`;
}

type Way = 'use' | 'each' | 'new';

function waysFor(open: readonly Entity[], proposals: DatabaseProposals, page: SharedPage | null): Choice<Way>[] {
  const missing = open.filter(({ name }) => proposals.get(name)?.kind === 'missing').length;
  const where = page ? ` under «${page.title}»` : '';
  return [
    { value: 'use', label: missing === 0 ? 'Yes' : `Yes, and make the other ${missing}${where}` },
    { value: 'each', label: 'Let me look at each' },
    { value: 'new', label: 'No, make new ones' },
  ];
}

/** @param proposed null for a new one, undefined where nothing tells */
function pick(
  { ask, variableOf }: Asking,
  entity: Entity,
  sources: readonly SharedSource[],
  proposed: SharedSource | null | undefined,
): Promise<SharedSource | null> {
  const variable = variableOf(entity.name);
  const titles = sources.map(({ title }) => `«${title}»`).join(', ');
  return ask.choose<SharedSource | null>(
    {
      message: `Which database is «${entity.title}»?`,
      ...(proposed === undefined ? {} : { fallback: proposed }),
      otherwise: `it is unclear which database is ${entity.name} (${titles}): put its id into ${variable}`,
    },
    [
      ...sources.map((source) => ({ value: source, label: source.title || 'Untitled', hint: source.id })),
      { value: null, label: 'None of them: make a new one' },
    ],
  );
}

async function choosePage(asking: Asking, places: Places): Promise<string> {
  const { ask, entities, survey, wishes } = asking;
  if (wishes.createUnder !== undefined) return pageOf(wishes.createUnder, survey.pages);
  const missing = entities.filter(({ name }) => !places.get(name)).length;
  const what = missing === entities.length ? `the ${missing} databases` : `the missing ${missing}`;
  const first = roots(survey.pages);
  if (first.length === 0) {
    throw new FinalError(
      'nothing_shared',
      `no page is shared with the integration, to make ${what} under: share one in Notion (••• → Connections), and run lockstep init again`,
    );
  }
  const clear = clearPage(asking, places);
  return ask.choose(
    {
      message: `Under which page are ${what} to be made?`,
      ...(clear ? { fallback: clear.id } : {}),
      otherwise: `it is unclear under which page to make ${what} (${first.map(({ title }) => `«${title}»`).join(', ')}): give --create-under`,
    },
    [...new Set([...first, ...survey.pages])].map(({ id, title }) => ({ value: id, label: title })),
  );
}

/** The page that the others stand on, or the only one that is shared; null where that tells nothing. */
function clearPage({ survey: { pages }, wishes }: Asking, places: Places): SharedPage | null {
  if (wishes.createUnder !== undefined) return null;
  const neighbours = new Set([...places.values()].flatMap((source) => source?.onPage ?? []));
  const nearby = pages.filter(({ id }) => neighbours.has(id));
  const [page, another] = nearby.length > 0 ? nearby : roots(pages);
  return page && !another ? page : null;
}

/** Those that stand on no other page that is shared, too. */
const roots = (pages: readonly SharedPage[]): SharedPage[] =>
  pages.filter(({ onPage }) => !pages.some(({ id }) => id === onPage));

/** @throws ConfigurationError when it names no page, or several */
function pageOf(wanted: string, pages: readonly SharedPage[]): string {
  const titled = pages.filter(({ title }) => title.toLowerCase() === wanted.trim().toLowerCase());
  const id = titled.length === 1 ? titled[0]?.id : parseNotionId(wanted);
  if (id) return id;
  throw new ConfigurationError(
    titled.length === 0
      ? `--create-under: no page «${wanted}» is shared with the integration: share it (••• → Connections), or give its link`
      : `--create-under: ${titled.length} pages are called «${wanted}»: give the link of one`,
  );
}
