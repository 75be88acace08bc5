import { z } from 'zod';
import { FinalError } from '../errors.ts';
import { perWorkspace } from '../shared/workspace.ts';
import { BAD_REQUEST } from './messages.ts';
import { syncs } from './sync-names.ts';

const text = z.string().min(1);
const flag = z.boolean();
const oneOf = (names: Iterable<string>) => z.enum([...new Set(names)] as [string, ...string[]]);
const some = <T extends z.ZodType>(item: T) => z.array(item).min(1);

/** The inputs of the workflow types that a client may start. Every input is one value, or none. */
const schemas = perWorkspace(() => {
  const syncName = oneOf(syncs().map(({ name }) => name));
  const syncEntity = oneOf(syncs().map(({ entity }) => entity));
  const direction = oneOf(syncs().map(({ direction }) => direction));

  const cycleRequest = z.strictObject({
    names: some(syncName).optional(),
    directions: some(direction).optional(),
    entities: some(syncEntity).optional(),
    ...{ sweep: flag.optional(), acceptArchive: flag.optional(), dryRun: flag.optional(), urgent: flag.optional() },
  });

  const plannedSync = z.strictObject({
    ...{ name: syncName, kind: oneOf(syncs().map(({ kind }) => kind)), entity: syncEntity, after: z.array(syncName) },
  });

  const phaseRequest = z.strictObject({
    ...{ cycleId: text, syncs: some(plannedSync), sweep: flag, acceptArchive: flag },
    dryRun: z.strictObject({ inbound: z.array(syncEntity) }).optional(),
    ...{ urgent: flag.optional(), hinted: flag.optional() },
  });

  const hintRequest = z.strictObject({
    entity: syncEntity,
    noticed: z.strictObject({ edited: flag, changed: flag, pageIds: z.array(text) }).optional(),
    spent: z.number().min(0).optional(),
  });

  return {
    syncCycle: cycleRequest.nullish(),
    inboundSync: phaseRequest,
    outboundSync: phaseRequest,
    taskTrigger: phaseRequest,
    changeHint: hintRequest,
    endPause: z.undefined(),
  } as const;
});

export type CheckedWorkflow = keyof ReturnType<typeof schemas>;

/** @throws FinalError `bad_request` in one line that says what is allowed */
export const checkInputs = (workflow: CheckedWorkflow, inputs: readonly unknown[]): void =>
  checkAs(workflow, schemas()[workflow], inputs);

/** As `checkInputs`, for the workflow `chore`. @param names of all chores */
export const checkChore = (names: readonly string[], inputs: readonly unknown[]): void =>
  checkAs('chore', oneOf(names), inputs);

function checkAs(workflow: string, schema: z.ZodType, inputs: readonly unknown[]): void {
  const refuse = (what: string): FinalError => new FinalError(BAD_REQUEST, `${workflow}: ${what}; nothing was done`);
  if (inputs.length > 1) throw refuse(`it takes one input, not ${inputs.length}`);
  const { error } = schema.safeParse(inputs[0], { reportInput: true });
  if (!error) return;
  throw refuse(error.issues.map((issue) => describeIssue(issue, schema)).join('; '));
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodType): string {
  const place = issue.path.length === 0 ? 'the input' : issue.path.join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${issue.keys.join(', ')} ${issue.keys.length > 1 ? 'are' : 'is'} not a key of ${place}; its keys are ${keysAt(schema, issue.path).join(', ')}`;
    case 'invalid_value':
      return `${place} must be one of ${issue.values.join(', ')}, not ${shown(issue.input)}`;
    case 'too_small':
      return `${place} must not be empty`;
    case 'invalid_type':
      return `${place} must be ${TYPES[issue.expected] ?? issue.expected}${keysHint(schema, issue.path)}, not ${shown(issue.input)}`;
    default:
      return `${place}: ${issue.message}`;
  }
}

const MAX_SHOWN = 60;

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, MAX_SHOWN);

const TYPES: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  string: 'a text',
  number: 'a number',
  undefined: 'left out',
};

function keysHint(schema: z.ZodType, path: readonly PropertyKey[]): string {
  const keys = keysAt(schema, path);
  return keys.length > 0 ? ` with the keys ${keys.join(', ')}` : '';
}

/** The keys of the object at this place of a schema; none when it is not an object. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of [...path, null]) {
    while (at instanceof z.ZodOptional || at instanceof z.ZodNullable) at = at.unwrap();
    if (key === null) break;
    if (at instanceof z.ZodObject) at = at.shape[String(key)];
    else if (at instanceof z.ZodArray) at = at.element;
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}
