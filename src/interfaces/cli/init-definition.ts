import { basename } from 'node:path';
import { databaseIdVariable } from '../../config.ts';
import { definition } from '../../definition/index.ts';
import type { EntityDefinition } from '../../definition/schema.ts';
import { entities as builtIn } from '../../entities/index.ts';
import { ConfigurationError, FinalError } from '../../errors.ts';
import { estimatePages } from '../../notion/estimate-pages.ts';
import type { NotionApi } from '../../notion/notion-api.ts';
import { createDefinition, writeDefinition } from '../../operations/setup/definition-file/edit-definition.ts';
import { withRetries } from '../../operations/setup/init/create-databases.ts';
import type { Prompter } from '../../operations/setup/init/prompter.ts';
import { proposeDatabases } from '../../operations/setup/init/propose-databases.ts';
import type { SharedSource } from '../../operations/setup/init/survey.ts';
import {
  archivedOption,
  statusesOf,
  statusField,
  withStatuses,
} from '../../operations/setup/propose/archived-status.ts';
import { entityNamesFor } from '../../operations/setup/propose/entity-name.ts';
import { findSource, titlesIn } from '../../operations/setup/propose/find-source.ts';
import type { Proposal } from '../../operations/setup/propose/propose-entity.ts';
import { readProposals, takenNames } from '../../operations/setup/propose/read-proposals.ts';
import { describeDryRun, describeProposal } from './describe-proposal.ts';

export interface DefinitionOptions {
  /** Titles, links or ids, separated by commas. */
  readonly databases?: string;
  readonly builtIn?: boolean;
  readonly one?: readonly string[];
  readonly many?: readonly string[];
  readonly useExisting?: boolean;
  readonly createUnder?: string;
  /** As in `tasks/Priority=Dringlichkeit`. */
  readonly map?: readonly string[];
}

/** Whether the options, or the environment, are about the built-in databases. */
const meansBuiltIn = ({ builtIn: isAsked, useExisting, createUnder, map }: DefinitionOptions): boolean =>
  isAsked === true ||
  useExisting === true ||
  createUnder !== undefined ||
  map !== undefined ||
  builtIn.some(({ name }) => process.env[databaseIdVariable(name)]);

interface Asking {
  readonly ask: Prompter;
  readonly say: (line: string) => void;
  readonly api: NotionApi;
  readonly sources: readonly SharedSource[];
  readonly options: DefinitionOptions;
}

/** What follows: the built-in entities or the file that was there, a file that was written, or the end. */
export type DefinitionOutcome = 'unchanged' | 'written' | 'stopped';

type Scope = 'built-in' | 'chosen' | 'both';

/**
 * Lets the owner choose what is synced: the built-in entities, databases of their own, or both. For databases of their own,
 * it writes a definition.
 * @throws ConfigurationError, FinalError
 */
export async function chooseDefinition(asking: Asking): Promise<DefinitionOutcome> {
  const { ask, say, api, sources, options } = asking;
  const { path } = definition();
  if (path !== null) {
    if (options.databases === undefined && !options.builtIn) return 'unchanged';
    throw new ConfigurationError(
      `${basename(path)} says what is synced: add to it with lockstep add-entity, or remove it first`,
    );
  }
  const { entities: matchedEntities, sources: matched } = matchBuiltIn(sources);
  const scope = await chooseScope(asking, matched);
  if (scope === 'built-in') return 'unchanged';
  const free = scope === 'both' ? sources.filter((source) => !matched.includes(source)) : sources;
  const chosen = await chooseSources(asking, free);
  const proposals = await propose(asking, chosen, scope === 'both' ? matchedEntities : new Map());
  for (const { source, proposal } of proposals) for (const line of describeProposal(source, proposal)) say(line);
  const pages = await countPages(api, proposals);
  for (const line of describeDryRun(pages)) say(line);
  const entities = [
    ...(scope === 'both' ? builtIn.map(({ name }) => name) : []),
    ...pages.map(({ proposal }) => proposal.entity),
  ];
  const file = createDefinition(process.cwd(), entities);
  const answer = await ask.choose<'go' | 'edit' | 'stop'>(
    { message: `Write ${basename(file.path)}?`, fallback: 'go', unansweredError: '' },
    [
      { value: 'go', label: 'Yes' },
      { value: 'edit', label: 'Yes, and stop, so that I can edit it first' },
      { value: 'stop', label: 'No' },
    ],
  );
  if (answer === 'stop') throw new FinalError('stopped', 'stopped: nothing was written');
  writeDefinition(file);
  say(`Wrote ${basename(file.path)}.`);
  if (answer === 'go') return 'written';
  say('Edit it, then run lockstep init again: it goes on with what the file says.');
  return 'stopped';
}

/** The sources that seem to be those of built-in entities, by entity; and besides these, those that may be one of them. */
function matchBuiltIn(sources: readonly SharedSource[]) {
  const proposals = [...proposeDatabases(builtIn, sources)];
  const entities: ReadonlyMap<string, string> = new Map(
    proposals.flatMap(([name, proposal]) => (proposal.kind === 'found' ? [[proposal.source.id, name] as const] : [])),
  );
  const matched = proposals.flatMap(([, proposal]) =>
    proposal.kind === 'found' ? [proposal.source] : proposal.kind === 'unclear' ? proposal.candidates : [],
  );
  return { entities, sources: sources.filter((source) => matched.includes(source)) };
}

/** The built-in entities are proposed where most databases of the workspace match them. */
async function chooseScope({ ask, sources, options }: Asking, matched: readonly SharedSource[]): Promise<Scope> {
  if (options.databases !== undefined) return options.builtIn ? 'both' : 'chosen';
  if (meansBuiltIn(options) || sources.length === 0) return 'built-in';
  const others = sources.length - matched.length;
  return ask.choose<Scope>(
    {
      message: 'What is to be synced?',
      fallback: matched.length >= others ? 'built-in' : 'chosen',
      unansweredError: '',
    },
    [
      {
        value: 'built-in',
        label: `The ${builtIn.length} built-in databases`,
        hint: `${matched.length} of yours match`,
      },
      { value: 'chosen', label: 'Databases that I choose' },
      ...(others === 0 ? [] : [{ value: 'both' as const, label: 'Both' }]),
    ],
  );
}

async function chooseSources(
  { ask, api, options }: Asking,
  free: readonly SharedSource[],
): Promise<readonly SharedSource[]> {
  if (options.databases === undefined) {
    return ask.chooseMany(
      { message: 'Which databases?', fallback: free, unansweredError: '' },
      free
        .toSorted((a, b) => a.title.localeCompare(b.title))
        .map((source) => ({ value: source, label: source.title || 'Untitled' })),
    );
  }
  const chosen: SharedSource[] = [];
  for (const title of titlesIn(options.databases, free)) {
    const source = await withRetries(() => findSource(api, title, free));
    if (!chosen.includes(source)) chosen.push(source);
  }
  if (chosen.length === 0)
    throw new ConfigurationError('--databases names no database: use their titles, links or ids');
  return chosen;
}

interface Proposed {
  readonly source: SharedSource;
  readonly proposal: Proposal;
}

async function propose(
  { api, sources, options: { one = [], many = [] } }: Asking,
  chosen: readonly SharedSource[],
  known: ReadonlyMap<string, string>,
): Promise<readonly Proposed[]> {
  const names = entityNamesFor(
    chosen.map(({ title }) => title),
    takenNames([]),
  );
  const named = chosen.map((source, index) => ({ source, name: names[index] ?? '' }));
  const shared = [...chosen, ...sources.filter((source) => !chosen.includes(source))];
  const { proposals } = await readProposals(api, named, { shared, entities: [], known, one, many });
  return proposals.flatMap((proposal, index) => {
    const source = chosen[index];
    return source ? [{ source, proposal: { ...proposal, entity: withProposedStatuses(proposal.entity) } }] : [];
  });
}

function withProposedStatuses(entity: EntityDefinition): EntityDefinition {
  const status = statusField(entity);
  return status ? withStatuses(entity, statusesOf(status, archivedOption(status.options) ?? null)) : entity;
}

async function countPages(api: NotionApi, proposals: readonly Proposed[]) {
  const counted: { readonly proposal: Proposal; readonly pages: number }[] = [];
  for (const { source, proposal } of proposals) {
    const pages = await withRetries(() => estimatePages(api, proposal.entity.name, source.id));
    counted.push({ proposal, pages });
  }
  return counted;
}
