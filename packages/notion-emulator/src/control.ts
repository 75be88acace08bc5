import { z } from 'zod';
import type { Budget } from './budget.ts';
import type { Counters } from './counters.ts';
import { createDatabases } from './create-databases.ts';
import { type Faults, faultRuleSchema } from './faults.ts';
import { settingsSchema } from './settings.ts';
import type { Webhooks } from './webhooks/webhooks.ts';
import type { Workspace } from './workspace.ts';

/** What the control API acts on. */
export interface Controlled {
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly counters: Counters;
  readonly budget: Budget;
  readonly webhooks: Webhooks;
}

interface Action {
  run(body: unknown): unknown;
}

function action<S extends z.ZodType>(schema: S, run: (input: z.output<S>) => unknown): Action {
  return { run: (body) => run(schema.parse(body)) };
}

const id = z.string();
const by = z.string().optional();
const database = z.string();
const values = z.record(z.string(), z.unknown());
const nothing = z.strictObject({});
const onlyId = z.strictObject({ id });
const onlyDataSource = z.strictObject({ dataSource: z.string() });
const onPage = z.strictObject({ id, by });
const onProperty = z.strictObject({ database, property: z.string() });
const shared = z.strictObject({ id, token: z.string().optional() });
const config = z.record(z.string(), z.unknown());
const capabilities = z.strictObject({
  read: z.boolean().default(true),
  insert: z.boolean().default(true),
  update: z.boolean().default(true),
  users: z.boolean().default(true),
});

const databaseDefinition = z.strictObject({ id, title: z.string(), properties: values.optional() });
const webhookSettings = z
  .strictObject({
    windowMs: z.number().int().min(0),
    copies: z.number().int().min(0).max(5),
    retryMs: z.number().int().positive(),
  })
  .partial();
const clockChange = z.strictObject({
  at: z.iso.datetime({ offset: true }).optional(),
  advanceMs: z.number().optional(),
  stopped: z.boolean().optional(),
});

type Actions = Readonly<Record<string, Action>>;

/** The actions of `POST /_emulator/{action}`. Each calls one method of the emulator's in-process API. */
export const controlActions = (controlled: Controlled): Actions => ({
  ...readActions(controlled.workspace),
  ...databaseActions(controlled.workspace),
  ...pageActions(controlled.workspace),
  ...bodyActions(controlled.workspace),
  ...schemaActions(controlled.workspace),
  ...accessActions(controlled.workspace),
  ...webhookActions(controlled),
  ...serverActions(controlled),
});

const readActions = (workspace: Workspace): Actions => ({
  state: action(nothing, () => ({
    revision: workspace.revision,
    now: new Date(workspace.clock.now()).toISOString(),
    settings: workspace.settings,
    users: workspace.users(),
    databases: workspace.databases(),
  })),
  pages: action(z.strictObject({ database: database.optional() }), (input) => workspace.pages(input.database)),
  titles: action(nothing, () => workspace.titles()),
  page: action(onlyId, (input) => workspace.page(input.id)),
  body: action(onlyId, (input) => workspace.body(input.id)),
});

const databaseActions = (workspace: Workspace): Actions => ({
  createDatabases: action(z.strictObject({ databases: z.array(databaseDefinition) }), ({ databases }) =>
    createDatabases(workspace, databases.map(defined)),
  ),
  createDatabase: action(
    z.strictObject({
      id: z.string().optional(),
      dataSourceId: z.string().optional(),
      title: z.string(),
      properties: values.optional(),
    }),
    (input) => workspace.createDatabase(defined(input)),
  ),
  trashDatabase: action(onlyId, (input) => workspace.trashDatabase(input.id)),
  restoreDatabase: action(onlyId, (input) => workspace.restoreDatabase(input.id)),
  addDataSource: action(
    z.strictObject({
      database,
      dataSourceId: z.string().optional(),
      title: z.string(),
      properties: values.optional(),
    }),
    ({ database, ...input }) => ({ id: workspace.addDataSource(database, defined(input)) }),
  ),
  moveDataSource: action(z.strictObject({ dataSource: z.string(), database }), (input) =>
    workspace.moveDataSource(input.dataSource, input.database),
  ),
  trashDataSource: action(onlyDataSource, (input) => workspace.trashDataSource(input.dataSource)),
  restoreDataSource: action(onlyDataSource, (input) => workspace.restoreDataSource(input.dataSource)),
});

const pageActions = (workspace: Workspace): Actions => ({
  createPage: action(
    z.strictObject({ database, values: values.default({}), by, markdown: z.string().optional() }),
    (input) => ({ id: workspace.createPage(input.database, input.values, input.by, input.markdown) }),
  ),
  editPage: action(z.strictObject({ id, values, by }), (input) => workspace.editPage(input.id, input.values, input.by)),
  addTemplate: action(
    z.strictObject({
      database,
      values: values.default({}),
      markdown: z.string().default(''),
      isDefault: z.boolean().default(false),
    }),
    ({ database, values, ...more }) => ({ id: workspace.addTemplate(database, values, more) }),
  ),
  trashPage: action(onPage, (input) => workspace.trashPage(input.id, input.by)),
  restorePage: action(onPage, (input) => workspace.restorePage(input.id, input.by)),
  duplicatePage: action(onPage, (input) => ({ id: workspace.duplicatePage(input.id, input.by) })),
  movePage: action(z.strictObject({ id, database, by }), (input) =>
    workspace.movePage(input.id, input.database, input.by),
  ),
});

const bodyActions = (workspace: Workspace): Actions => ({
  editBody: action(z.strictObject({ id, markdown: z.string(), by }), (input) =>
    workspace.editBody(input.id, input.markdown, input.by),
  ),
  addUnsupportedBlock: action(z.strictObject({ id, kind: z.string(), by }), (input) => ({
    id: workspace.addUnsupportedBlock(input.id, input.kind, input.by),
  })),
  addImage: action(z.strictObject({ id, name: z.string(), by }), (input) => ({
    id: workspace.addImage(input.id, input.name, input.by),
  })),
  addChildPage: action(z.strictObject({ id, title: z.string(), by }), (input) => ({
    id: workspace.addChildPage(input.id, input.title, input.by),
  })),
  truncateBody: action(z.strictObject({ id, loaded: z.number().int().min(0).nullable() }), (input) =>
    workspace.truncateBody(input.id, input.loaded),
  ),
});

const schemaActions = (workspace: Workspace): Actions => ({
  addProperty: action(z.strictObject({ database, name: z.string(), config }), (input) =>
    workspace.addProperty(input.database, input.name, input.config),
  ),
  renameProperty: action(onProperty.extend({ name: z.string() }), (input) =>
    workspace.renameProperty(input.database, input.property, input.name),
  ),
  retypeProperty: action(onProperty.extend({ config }), (input) =>
    workspace.retypeProperty(input.database, input.property, input.config),
  ),
  deleteProperty: action(onProperty, (input) => workspace.deleteProperty(input.database, input.property)),
  renameOption: action(onProperty.extend({ option: z.string(), name: z.string() }), (input) =>
    workspace.renameOption(input.database, input.property, input.option, input.name),
  ),
  deleteOption: action(onProperty.extend({ option: z.string() }), (input) =>
    workspace.deleteOption(input.database, input.property, input.option),
  ),
});

const accessActions = (workspace: Workspace): Actions => ({
  share: action(shared, (input) => workspace.share(input.id, input.token)),
  unshare: action(shared, (input) => workspace.unshare(input.id, input.token)),
  addPerson: action(z.strictObject({ name: z.string(), email: z.string().optional() }), (input) => ({
    id: workspace.addPerson(input.name, input.email),
  })),
  addIntegration: action(
    z.strictObject({ token: z.string().min(1), name: z.string(), capabilities: capabilities.optional() }),
    (input) => ({ botId: workspace.addIntegration(input.token, input.name, input.capabilities) }),
  ),
  removeIntegration: action(z.strictObject({ token: z.string() }), (input) => workspace.removeIntegration(input.token)),
});

const webhookActions = ({ webhooks }: Controlled): Actions => ({
  subscribeWebhook: action(z.strictObject({ url: z.url() }), async ({ url }) => ({
    id: await webhooks.subscribe(url),
  })),
  confirmWebhook: action(z.strictObject({ id, token: z.string() }), (input) => webhooks.confirm(input.id, input.token)),
  configureWebhooks: action(webhookSettings, (input) => webhooks.configure(defined(input))),
});

const serverActions = ({ workspace, faults, counters, budget }: Controlled): Actions => ({
  configure: action(settingsSchema.partial(), (input) => workspace.configure(defined(input))),
  resetBudget: action(nothing, () => budget.reset()),
  clock: action(clockChange, ({ at, advanceMs, stopped }) => {
    if (stopped === true) workspace.clock.stop();
    if (stopped === false) workspace.clock.run();
    if (at !== undefined) workspace.clock.set(Date.parse(at));
    if (advanceMs !== undefined) workspace.clock.advance(advanceMs);
    return { now: new Date(workspace.clock.now()).toISOString() };
  }),
  addFault: action(faultRuleSchema, (rule) => ({ id: faults.add(rule) })),
  clearFaults: action(z.strictObject({ id: z.number().optional() }), (input) => faults.clear(input.id)),
  faults: action(nothing, () => faults.list()),
  counters: action(z.strictObject({ reset: z.boolean().default(false) }), ({ reset }) => {
    const counts = counters.read();
    if (reset) counters.reset();
    return counts;
  }),
});

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Drops undefined entries, which `exactOptionalPropertyTypes` does not accept. */
const defined = <T extends object>(input: T): Defined<T> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Defined<T>;
