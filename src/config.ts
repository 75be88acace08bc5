import { z } from 'zod';
import { entities } from './definition/index.ts';
import { ConfigurationError } from './errors.ts';
import { currentWorkspace } from './shared/workspace.ts';
import { type EntityVariable, type LibraryVariable, type Variable, variables } from './variables.ts';

type UnionToIntersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  intersection: infer Intersection,
) => void
  ? Intersection
  : never;

/** The values of a part of the table. */
type ValuesOf<Part> =
  Part extends EntityVariable<infer Value>
    ? Readonly<Record<string, Value>>
    : Part extends Variable<infer Value>
      ? Value
      : { readonly [Name in keyof Part as Part[Name] extends LibraryVariable ? never : Name]: ValuesOf<Part[Name]> };

type Settings = ValuesOf<UnionToIntersection<(typeof variables)[keyof typeof variables]>>;

/** What the environment says: the table's values, and what follows from several of them. */
export interface Config extends Omit<Settings, 'notion' | 'temporal' | 'alerts' | 'ai' | 'otel'> {
  readonly notion: Omit<Settings['notion'], 'databaseIds'> & {
    /** Database or data source id by entity name. */
    readonly ids: Readonly<Record<string, string>>;
  };
  readonly temporal: Omit<Settings['temporal'], 'deploymentName' | 'buildId'> & {
    /** This worker's version, where a cycle stays on the version that started it. */
    readonly deployment: { readonly deploymentName: string; readonly buildId: string } | undefined;
  };
  readonly alerts: Omit<Settings['alerts'], 'emailTo' | 'emailFrom' | 'smtpUrl'> & {
    readonly email: EmailRoute | undefined;
  };
  readonly ai: AiService | undefined;
  /** Whether there is a collector of traces; its exporter reads the address itself. */
  readonly traces: boolean;
  /** The values of secret variables, to be hidden in logs. */
  readonly secrets: readonly string[];
}

/** Any service with OpenAI-compatible chat completions. */
export interface AiService {
  /** What precedes `/chat/completions`, without `/` at its end. */
  readonly url: string;
  readonly key: string | undefined;
  readonly model: string;
}

/** The SMTP URL contains a password. */
export interface EmailRoute {
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** The variable of one entity, e.g. `NOTION_SYSTEM_FIXES_DATABASE_ID`. */
export const databaseIdVariable = (entity: string): string =>
  entityVariable(variables.Notion.notion.databaseIds, entity);

const entityVariable = ({ env }: EntityVariable, entity: string): string =>
  env.replace('<ENTITY>', entity.toUpperCase());

type Row = Variable | EntityVariable | LibraryVariable;
type Synced = ReturnType<typeof entities>;
type Part = Row | { readonly [name: string]: Part };

const isRow = (part: Part): part is Row => typeof part.env === 'string';

/** The rows of a section, in the order of the table. */
export const rowsOf = (part: Part): readonly Row[] => (isRow(part) ? [part] : Object.values(part).flatMap(rowsOf));

/**
 * Reads the environment once. An empty variable counts as unset.
 * @param synced the entities that have variables of their own
 * @throws ConfigurationError naming the first wrong variable; the CLI exits 78.
 */
export function readConfig(env: NodeJS.ProcessEnv = currentWorkspace().env, synced: Synced = entities()): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schemaFor(synced).safeParse(set);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigurationError(`${String(issue?.path[0])} ${issue?.message}`);
  }
  const { notion, temporal, alerts, ai, otel, ...settings } = settingsOf(parsed.data, synced);
  const { databaseIds, ...notionSettings } = notion;
  const { deploymentName, buildId, ...temporalSettings } = temporal;
  const { emailTo, emailFrom, smtpUrl, ...alertSettings } = alerts;
  const defaultIds = Object.fromEntries(synced.map((entity) => [entity.name, entity.databaseId]));
  return {
    ...settings,
    notion: { ...notionSettings, ids: { ...defaultIds, ...databaseIds } },
    temporal: { ...temporalSettings, deployment: deployment(temporal) },
    alerts: { ...alertSettings, email: emailRoute(alerts) },
    ai: aiService(ai),
    traces: hasCollector(otel),
    secrets: allRows.flatMap(({ env: name, secret }) => (secret && set[name] !== undefined ? [set[name]] : [])),
  };
}

const allRows: readonly Row[] = Object.values(variables).flatMap(rowsOf);

const schemaFor = (synced: Synced) => z.object(Object.fromEntries(allRows.flatMap((row) => schemaOf(row, synced))));

function schemaOf(row: Row, synced: Synced): readonly (readonly [string, z.ZodType])[] {
  if ('readBy' in row) return [];
  if ('entityType' in row) return synced.map(({ name }) => [entityVariable(row, name), row.entityType.optional()]);
  return [[row.env, row.default === undefined ? row.type.optional() : row.type.prefault(row.default)]];
}

function settingsOf(values: Readonly<Record<string, unknown>>, synced: Synced): Settings {
  const assemble = (part: Part): unknown => {
    if (!isRow(part)) {
      const own = Object.entries(part).filter(([, inner]) => !('readBy' in inner));
      return Object.fromEntries(own.map(([name, inner]) => [name, assemble(inner)]));
    }
    if (!('entityType' in part)) return values[part.env];
    const set = synced.map(({ name }) => [name, values[entityVariable(part, name)]] as const);
    return Object.fromEntries(set.filter(([, value]) => value !== undefined));
  };
  // The schema has validated each value with the type of its row, from which `Settings` is derived.
  return Object.assign({}, ...Object.values(variables).map(assemble)) as Settings;
}

function deployment({ deploymentName, buildId }: Settings['temporal']): Config['temporal']['deployment'] {
  if (deploymentName && buildId) return { deploymentName, buildId };
  if (!deploymentName && !buildId) return undefined;
  throw new ConfigurationError(
    deploymentName
      ? 'TEMPORAL_WORKER_BUILD_ID is not set: TEMPORAL_DEPLOYMENT_NAME requires it'
      : 'TEMPORAL_DEPLOYMENT_NAME is not set: TEMPORAL_WORKER_BUILD_ID requires it',
  );
}

const hasCollector = ({ disabled, endpoint, tracesEndpoint }: Settings['otel']): boolean =>
  disabled?.toLowerCase() !== 'true' && Boolean(endpoint ?? tracesEndpoint);

function emailRoute({ smtpUrl, emailTo: to, emailFrom }: Settings['alerts']): EmailRoute | undefined {
  if (!to) return undefined;
  if (!smtpUrl) throw new ConfigurationError('LOCKSTEP_SMTP_URL is not set: LOCKSTEP_ALERT_EMAIL_TO requires it');
  return { smtpUrl, from: emailFrom ?? to[0] ?? '', to };
}

function aiService({ url, key, model }: Settings['ai']): AiService | undefined {
  if (!url) return undefined;
  if (!model) throw new ConfigurationError('LOCKSTEP_AI_MODEL is not set: LOCKSTEP_AI_URL requires it');
  return { url, key, model };
}
