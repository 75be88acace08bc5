import { Argument, Command, Option } from 'commander';
import type { AddEntityOptions } from './add-entity.ts';
import type { AuthOptions } from './auth.ts';
import type { BotCommandOptions } from './bot.ts';
import type { ChangesOptions, UndoOptions } from './changes.ts';
import type { ListOptions as ChoreListOptions } from './chores.ts';
import type { CodecServerOptions } from './codec-server.ts';
import type { ListOptions, RestoreOptions } from './conflicts.ts';
import type { DashboardCommandOptions } from './dashboard.ts';
import type { DoctorOptions } from './doctor.ts';
import { enterWorkspace, loadEnvFile } from './enter-workspace.ts';
import { exitOnError, exitWith } from './exit.ts';
import type { FindOptions } from './find.ts';
import type { HistoryOptions } from './history.ts';
import type { InitOptions } from './init.ts';
import type { LogsOptions } from './logs.ts';
import type { McpCommandOptions } from './mcp.ts';
import type { MigrateOptions } from './migrate.ts';
import { pauseTime, portNumber, positiveNumber, repeated } from './option-values.ts';
import type { PauseOptions } from './pause.ts';
import type { PlanOptions } from './plan.ts';
import type { RemoveEntityOptions } from './remove-entity.ts';
import type { ScheduleAction } from './schedule.ts';
import type { StatusOptions } from './status.ts';
import type { SyncOptions } from './sync.ts';
import { protectTerminal } from './terminal.ts';
import type { UpOptions } from './up.ts';
import type { VerifyOptions } from './verify.ts';
import { version } from './version.ts';
import type { WebhooksOptions } from './webhooks.ts';
import type { WorkspaceOptions } from './workspace.ts';

protectTerminal();
const { LOCKSTEP_WORKSPACE: workspace } = process.env;
if (workspace) exitOnError(() => enterWorkspace(workspace));
exitOnError(loadEnvFile);

// Each command loads its own modules, so that `--help` and `status` start fast.
const program = new Command('lockstep')
  .description('Keeps Notion, PostgreSQL and Google Calendar in sync')
  .version(version(), '--version', 'print the version')
  .showHelpAfterError('See `lockstep --help`')
  .hook('preAction', async (_, command) => {
    if (['up', 'init', 'worker'].includes(command.name())) return;
    const { adoptRunningUp } = await import('../../embedded/folder.ts');
    exitOnError(adoptRunningUp);
  });

program
  .command('init')
  .description('set up your workspace: token, databases, definition, .env and first sync')
  .option('--token-file <file>', "read Notion's token from a file, or from standard input (-); default: NOTION_TOKEN")
  .option('--database-url <url>', 'URL of your PostgreSQL; set DATABASE_URL instead if it contains a password')
  .option('--databases <titles>', 'sync these databases: titles, links or ids, separated by commas')
  .option('--built-in', 'sync the built-in databases; with --databases, beside these')
  .option(
    '--one <relation>',
    'a relation of these databases to at most one page, e.g. "Facturas/Cliente" (repeatable)',
    repeated,
  )
  .option(
    '--many <relation>',
    'a relation to several pages, whatever the first hundred pages show (repeatable)',
    repeated,
  )
  .option('--use-existing', 'use the shared databases; create missing ones only with --create-under')
  .option('--create-under <page>', 'create the databases under this page: its title, link or id')
  .option('--map <property>', 'map a field to a property, e.g. "tasks/Priority=Dringlichkeit" (repeatable)', repeated)
  .option('--overwrite', 'overwrite other values in .env')
  .option('--fresh', 'delete .lockstep/ first, including its sample workspace')
  .option('--yes', 'do not ask: use the defaults')
  .option('--no-sync', 'stop before the first sync')
  .addOption(new Option('--resumed').hideHelp())
  .action((options: InitOptions) => exitWith(async () => (await import('./init.ts')).initCommand(options)));

program
  .command('add-entity')
  .description('sync another Notion database: add it to the definition')
  .argument('<database>', 'its title, link or id; or the name of a built-in entity')
  .option('--name <name>', 'name of its table, e.g. books; default: derived from the title')
  .option('--one <relation>', 'a relation to at most one page: becomes a column, not a table (repeatable)', repeated)
  .option('--many <relation>', 'a relation to several pages (repeatable)', repeated)
  .option('--dry-run', 'print the change as a patch, and write nothing')
  .option('--yes', 'do not ask: use the defaults')
  .action((database: string, options: AddEntityOptions) =>
    exitWith(async () => (await import('./add-entity.ts')).addEntityCommand(database, options)),
  );

program
  .command('remove-entity')
  .description('stop syncing an entity: remove it from the definition; its pages and rows stay')
  .argument('<entity>', 'e.g. libros')
  .option('--dry-run', 'print the change as a patch, and write nothing')
  .option('--yes', 'do not ask')
  .action((name: string, options: RemoveEntityOptions) =>
    exitWith(async () => (await import('./remove-entity.ts')).removeEntityCommand(name, options)),
  );

program
  .command('up')
  .description('start every server that has no address, and sync every LOCKSTEP_EVERY (10m)')
  .option('--fresh', 'delete .lockstep/ and all its data first')
  .option('--once', 'exit after the first cycle, with its exit code')
  .action((options: UpOptions) => exitWith(async () => (await import('./up.ts')).upCommand(options)));

program
  .command('migrate')
  .description('migrate DATABASE_URL to the current schema and the definition of this folder')
  .option('--dry-run', 'print what the definition adds, renames and stops syncing, and its SQL; writes nothing')
  .option('--json', 'with --dry-run: print JSON')
  .action((options: MigrateOptions) => exitWith(async () => (await import('./migrate.ts')).migrateCommand(options)));

program
  .command('worker')
  .description('run a worker; you can run several')
  .argument(
    '[folder...]',
    'run the workspaces in these folders in one process, and read them again after SIGHUP; default: LOCKSTEP_WORKSPACES, or this folder',
  )
  .action((folders: string[]) => exitWith(async () => (await import('./run-worker.ts')).runWorkerCommand(folders)));

program
  .command('webhooks')
  .description('receive webhooks from Notion and Google, and sync the changes at once')
  .option('--host <host>', 'address to listen on; put a proxy in front of it', '127.0.0.1')
  .option('--port <port>', 'port to listen on', portNumber, 8787)
  .option('--accept-token', 'accept the verification token of a new subscription for 15 minutes, and exit')
  .option('--reset', 'the same as --accept-token, then receive webhooks')
  .option('--show-token', 'print the verification token for Notion, and exit')
  .action((options: WebhooksOptions) => exitWith(async () => (await import('./webhooks.ts')).webhooksCommand(options)));

program
  .command('schedule')
  .description('manage the schedule of cycles and chores')
  .addArgument(new Argument('<action>').choices(['ensure', 'pause', 'resume', 'trigger', 'show', 'delete']))
  .option('--take-over', "with ensure: take over another deployment's schedule")
  .action((action: ScheduleAction, options: { takeOver?: boolean }) =>
    exitWith(async () => (await import('./schedule.ts')).scheduleCommand(action, options)),
  );

program
  .command('pause')
  .description('pause cycles, hints and chores; what runs is completed')
  .option('--for <time>', 'resume after this time, e.g. 30m or 8h', pauseTime)
  .action((options: PauseOptions) => exitWith(async () => (await import('./pause.ts')).pauseCommand(options)));

program
  .command('resume')
  .description('resume cycles, hints and chores, and run a cycle now')
  .action(() => exitWith(async () => (await import('./pause.ts')).resumeCommand()));

program
  .command('sync')
  .description('run a cycle now, or only the named syncs')
  .argument('[name...]', 'e.g. tasks-notion-to-sql; default: all')
  .option('--inbound', 'only from Notion to SQL')
  .option('--outbound', 'only from SQL to Notion')
  .option('--entity <entity>', 'only this entity (repeatable)', repeated)
  .option('--sweep', 'check for trashed, moved and unshared pages now')
  .option('--accept-archive', 'accept more archived rows at once than the safety limit allows')
  .option(
    '--dry-run',
    'print what a cycle would do, and write nothing; indirect effects (the event of a new task) are not counted',
  )
  .option('--json', 'print only the result, as JSON')
  .action((names: string[], options: SyncOptions) =>
    exitWith(async () => (await import('./sync.ts')).syncCommand(names, options)),
  );

program
  .command('status')
  .description(
    'show the status of each entity in both directions, problems and their reasons, pending edits, and the schedule',
  )
  .option('--json', 'print JSON')
  .option('--watch', 'refresh every two seconds until Ctrl-C; with --json, print one line each time')
  .action((options: StatusOptions) => exitWith(async () => (await import('./status.ts')).statusCommand(options)));

program
  .command('history')
  .description('list the latest runs')
  .option('--limit <n>', 'maximum number of runs', positiveNumber, 50)
  .option('--entity <entity>', 'only this entity')
  .option('--json', 'print JSON')
  .option('--watch', 'refresh every two seconds until Ctrl-C; with --json, print one line each time')
  .action((options: HistoryOptions) => exitWith(async () => (await import('./history.ts')).historyCommand(options)));

program
  .command('find')
  .description('find records by title, ignoring case, accents and small typos; prints their ids')
  .argument('<text>', 'a title, or words from it')
  .option('--entity <entity>', 'only in this entity')
  .option('--limit <n>', 'maximum number of records', positiveNumber, 10)
  .option('--json', 'print JSON')
  .action((text: string, options: FindOptions) =>
    exitWith(async () => (await import('./find.ts')).findCommand(text, options)),
  );

program
  .command('logs')
  .description('print the end of a log of lockstep up')
  .argument('[log]', 'worker, temporal or postgres', 'worker')
  .option('--follow', 'print what is added, until Ctrl-C')
  .option('--lines <n>', 'how many lines', positiveNumber, 50)
  .action((name: string, options: LogsOptions) =>
    exitWith(async () => (await import('./logs.ts')).logsCommand(name, options)),
  );

const chores = program.command('chores').description('list the chores and when they run, or run one now');

chores
  .command('list', { isDefault: true })
  .description('list the chores')
  .option('--json', 'print JSON')
  .action((options: ChoreListOptions) => exitWith(async () => (await import('./chores.ts')).listCommand(options)));

chores
  .command('run')
  .description('run a chore now, and print what it did')
  .argument('<chore>', 'e.g. retention')
  .action((name: string) => exitWith(async () => (await import('./chores.ts')).runCommand(name)));

program
  .command('dashboard')
  .description('serve the dashboard: status, history and conflicts in a browser')
  .option('--host <host>', 'address to listen on; any but this machine requires LOCKSTEP_DASHBOARD_TOKEN', '127.0.0.1')
  .option('--port <port>', 'port to listen on', portNumber, 8100)
  .action((options: DashboardCommandOptions) =>
    exitWith(async () => (await import('./dashboard.ts')).dashboardCommand(options)),
  );

program
  .command('codec-server')
  .description("decrypt payloads for Temporal's Web UI and the temporal command, on this machine only")
  .option('--port <port>', 'port to listen on', portNumber, 8081)
  .option('--origin <url>', 'address of the Web UI; default: LOCKSTEP_TEMPORAL_UI_URL')
  .action((options: CodecServerOptions) =>
    exitWith(async () => (await import('./codec-server.ts')).codecServerCommand(options)),
  );

program
  .command('bot')
  .description('run the Telegram bot: tasks, notes, goals, films and games by message')
  .option('--webhook', 'receive messages at LOCKSTEP_PUBLIC_URL/telegram instead of polling')
  .option('--host <host>', 'with --webhook: address to listen on; put a proxy in front of it', '127.0.0.1')
  .option('--port <port>', 'port to listen on', portNumber, 8788)
  .action((options: BotCommandOptions) => exitWith(async () => (await import('./bot.ts')).botCommand(options)));

program
  .command('mcp')
  .description('serve tools to assistants such as Claude Code and LibreChat, over standard input and output')
  .option('--http', 'serve streamable HTTP, to clients that send LOCKSTEP_MCP_TOKEN')
  .option('--host <host>', 'with --http: address to listen on', '127.0.0.1')
  .option('--port <port>', 'port to listen on', portNumber, 8765)
  .action((options: McpCommandOptions) => exitWith(async () => (await import('./mcp.ts')).mcpCommand(options)));

program
  .command('doctor')
  .description('check PostgreSQL, Temporal, Notion and Google, and print how to fix each problem')
  .option(
    '--fix',
    'add what is missing in PostgreSQL, Notion and Temporal; deletes, archives, renames and retypes nothing',
  )
  .option('--json', 'print only the findings, as a JSON array')
  .action((options: DoctorOptions) => exitWith(async () => (await import('./doctor.ts')).doctorCommand(options)));

const conflicts = program.command('conflicts').description('list, show and restore versions that lost a conflict');

conflicts
  .command('list', { isDefault: true })
  .description('list open conflicts')
  .option('--all', 'include resolved conflicts')
  .option('--json', 'print JSON')
  .action((options: ListOptions) => exitWith(async () => (await import('./conflicts.ts')).listCommand(options)));

conflicts
  .command('show')
  .description('show the versions side by side')
  .argument('<id>', 'conflict id; a unique prefix is enough')
  .action((id: string) => exitWith(async () => (await import('./conflicts.ts')).showCommand(id)));

conflicts
  .command('restore')
  .description('restore the losing version, as an edit of yours')
  .argument('<id>', 'conflict id; a unique prefix is enough')
  .option('--field <field>', 'only this field (repeatable)', repeated)
  .option('--yes', 'do not ask before overwriting what was edited after the conflict')
  .action((id: string, options: RestoreOptions) =>
    exitWith(async () => (await import('./conflicts.ts')).restoreCommand(id, options)),
  );

conflicts
  .command('keep')
  .description('resolve a conflict: the record keeps its current version')
  .argument('<id>', 'conflict id; a unique prefix is enough')
  .action((id: string) => exitWith(async () => (await import('./conflicts.ts')).keepCommand(id)));

const approvals = program
  .command('approvals')
  .description('list, accept and refuse archives that were stopped because they are many');

approvals
  .command('list', { isDefault: true })
  .description('list what waits for an approval')
  .option('--all', 'include closed approvals')
  .option('--json', 'print JSON')
  .action((options: ListOptions) => exitWith(async () => (await import('./approvals.ts')).listCommand(options)));

approvals
  .command('accept')
  .description('let the next cycle archive the records')
  .argument('<entity>', 'e.g. people, or the id of an approval')
  .action((name: string) => exitWith(async () => (await import('./approvals.ts')).acceptCommand(name)));

approvals
  .command('refuse')
  .description('restore the records where they were archived, as an edit of yours')
  .argument('<entity>', 'e.g. people, or the id of an approval')
  .action((name: string) => exitWith(async () => (await import('./approvals.ts')).refuseCommand(name)));

program
  .command('verify')
  .description('read both sides now and print the records and fields that differ; writes nothing')
  .argument('[entity]', 'only this entity; default: all, calendars included')
  .option('--json', 'print JSON')
  .action((entity: string | undefined, options: VerifyOptions) =>
    exitWith(async () => (await import('./verify.ts')).verifyCommand(entity, options)),
  );

program
  .command('plan')
  .description('print what a cycle would write on each side, record by record; writes nothing')
  .option('--entity <entity>', 'only this entity (repeatable)', repeated)
  .option('--out <file>', 'save the plan to a file for lockstep apply')
  .option('--hold <time>', 'pause cycles, hints and chores until lockstep apply, for this time at most', pauseTime)
  .option('--json', 'print JSON')
  .action((options: PlanOptions) => exitWith(async () => (await import('./plan.ts')).planCommand(options)));

program
  .command('apply')
  .description('apply a plan exactly; skips records that changed since')
  .argument('<file>', 'file written by lockstep plan --out')
  .action((file: string) => exitWith(async () => (await import('./plan.ts')).applyCommand(file)));

program
  .command('undo')
  .description('show what would be reverted of a cycle, ask, and revert it, as new edits')
  .argument('<cycle>', 'cycle id, from lockstep history --json, or the id of an undo; a unique prefix is enough')
  .option('--yes', 'do not ask')
  .option('--json', 'print JSON')
  .action((cycle: string, options: UndoOptions) =>
    exitWith(async () => (await import('./changes.ts')).undoCommand(cycle, options)),
  );

program
  .command('blame')
  .description('show for each field of a record which side set it, when, and its previous value')
  .argument('<entity>', 'e.g. tasks')
  .argument('<record>', 'its title, id or page link; a unique prefix of an id is enough')
  .option('--json', 'print JSON')
  .action((entity: string, record: string, options: ChangesOptions) =>
    exitWith(async () => (await import('./changes.ts')).blameCommand(entity, record, options)),
  );

program
  .command('diff')
  .description('show what was written between two cycles')
  .argument('<from>', 'cycle id')
  .argument('<to>', 'id of a later cycle')
  .option('--json', 'print JSON')
  .action((from: string, to: string, options: ChangesOptions) =>
    exitWith(async () => (await import('./changes.ts')).diffCommand(from, to, options)),
  );

program
  .command('workspace')
  .description('print the Notion workspace that the database is synced with')
  .option('--move', 'let the next sync use the workspace of NOTION_TOKEN instead')
  .action((options: WorkspaceOptions) =>
    exitWith(async () => (await import('./workspace.ts')).workspaceCommand(options)),
  );

program
  .command('auth')
  .description('sign in')
  .command('google')
  .description('authorize Lockstep to use a Google account')
  .addOption(
    new Option('--account <account>', 'the work account is read-only')
      .choices(['personal', 'work'])
      .default('personal'),
  )
  .option('--from-file <file>', 'read a refresh token from a file (plain or JSON), for a machine without a browser')
  .action((options: AuthOptions) => exitWith(async () => (await import('./auth.ts')).authGoogleCommand(options)));

await program.parseAsync();
