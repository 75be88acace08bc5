import { featuresThatNeed } from '../../definition/features.ts';
import { definition, entities } from '../../definition/index.ts';
import { type Entity, type RelationField, relationFields } from '../../entities/define.ts';
import { isBuiltIn } from '../../entities/index.ts';
import { FinalError } from '../../errors.ts';
import { NO_EDIT } from '../../operations/setup/definition-file/definition-edit.ts';
import { openPrompter } from '../../operations/setup/init/prompter.ts';
import { requireNamed } from '../../shared/require-named.ts';
import { applyEdit } from './edit-definition.ts';
import { exitCodes } from './exit.ts';

export interface RemoveEntityOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const say = (line: string): void => console.log(line);

/** Takes an entity out of the definition of this folder. Nothing in Notion and nothing in PostgreSQL changes. */
export async function removeEntityCommand(name: string, options: RemoveEntityOptions): Promise<number> {
  const ask = openPrompter(options.yes ?? false, 'stopped: nothing was written');
  const entity = requireNamed('entity', name, entities());
  if (entities().length === 1) {
    throw new FinalError('last_entity', `${name} is the only entity: add another one first, with lockstep add-entity`);
  }
  const links = linksTo(entity);
  for (const line of describe(entity, links)) say(line);
  const removeFields = links.map(({ from, field }) => ({ entity: from, name: field }));
  const isWritten = await applyEdit({ ...NO_EDIT, remove: [name], removeFields }, { ask, say, dryRun: options.dryRun });
  if (isWritten) for (const line of nextSteps(name)) say(line);
  return exitCodes.ok;
}

interface Link {
  readonly from: string;
  readonly field: string;
  readonly relation: RelationField;
}

/** The relations with an entity that the definition file declares; built-in entities lose theirs without a change. */
const linksTo = ({ name }: Entity): readonly Link[] =>
  entities()
    .filter((other) => other.name !== name && !isBuiltIn(other.name))
    .flatMap((other) =>
      relationFields(other).flatMap(([field, relation]) =>
        relation.to === name ? [{ from: other.name, field, relation }] : [],
      ),
    );

function describe({ name, table }: Entity, links: readonly Link[]): string[] {
  const features = featuresThatNeed(name);
  return [
    `${name} is not synced any more. Its pages, its table ${table}, and what is known of its last sync stay.`,
    ...links.map(({ from, field, relation }) =>
      relation.kind === 'relation_one'
        ? `${from}.${field} leads to it and is not synced either. The column stays.`
        : `${from}.${field} leads to it and is not synced either. The table ${relation.joinTable} stays.`,
    ),
    ...(features.length === 0 ? [] : [`Features that are off without it: ${features.join(', ')}.`]),
    ...(definition().path === null ? ['The other built-in entities are listed in a new file.'] : []),
  ];
}

const nextSteps = (name: string): string[] => [
  '',
  'Next, in this order:',
  '  lockstep migrate                 tells the database what is synced now; lockstep up does this automatically',
  '  Restart the workers              so that they stop syncing it',
  `To sync it again: lockstep add-entity, with its title, and --name ${name} unless that follows from the title.`,
];
