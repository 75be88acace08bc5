import { existsSync } from 'node:fs';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { adoptRunningUp } from '../../embedded/folder.ts';
import type { AddEntityOptions } from './add-entity.ts';
import type { AuthOptions } from './auth.ts';
import type { BotCommandOptions } from './bot.ts';
import type { ChangesOptions } from './changes.ts';
import type { ListOptions } from './conflicts.ts';
import type { DashboardCommandOptions } from './dashboard.ts';
import type { DoctorOptions } from './doctor.ts';
import { exitWith } from './exit.ts';
import type { HistoryOptions } from './history.ts';
import type { InitOptions } from './init.ts';
import type { McpCommandOptions } from './mcp.ts';
import type { PlanOptions } from './plan.ts';
import type { ScheduleAction } from './schedule.ts';
import type { StatusOptions } from './status.ts';
import type { SyncOptions } from './sync.ts';
import type { UpOptions } from './up.ts';
import type { WebhooksOptions } from './webhooks.ts';

if (existsSync('.env')) process.loadEnvFile('.env');

// Each command loads what it needs, so that `--help` and `status` need not wait for the rest.
const program = new Command('lockstep')
  .description('Notion, PostgreSQL and Google Calendar, kept in step')
  .showHelpAfterError('(lockstep --help says more)')
  .hook('preAction', (_, command) => {
    if (command.name() !== 'up' && command.name() !== 'init') adoptRunningUp();
  });

program
  .command('init')
  .description('set up your own workspace: the token, the databases, .env, and the first sync')
  .option(
    '--token-file <file>',
    "read Notion's token from a file, or from standard input (-); else NOTION_TOKEN is used",
  )
  .option('--database-url <url>', 'your PostgreSQL; one with a password belongs into DATABASE_URL')
  .option('--use-existing', 'take the databases that are shared, and make none but with --create-under')
  .option('--create-under <page>', 'make the databases under this page: its title, link or id')
  .option(
    '--map <property>',
    'which property a field lives on, e.g. "tasks/Priority=Dringlichkeit"; may be given again',
    (property, before: string[] = []) => [...before, property],
  )
  .option('--overwrite', 'replace what .env says otherwise')
  .option('--fresh', 'delete .lockstep/ first, with the sample workspace in it')
  .option('--yes', 'ask nothing: what has a default gets it')
  .option('--no-sync', 'end before the first sync')
  .action((options: InitOptions) => exitWith(async () => (await import('./init.ts')).initCommand(options)));

program
  .command('add-entity')
  .description('one more Notion database: write its entity file, its model and its migration')
  .argument('<database>', 'its title, link or id')
  .option('--name <name>', 'what its table is to be called, e.g. books; else it goes by the title')
  .option(
    '--one <relation>',
    'a relation that leads to one page at most: a column, not a table; may be given again',
    (property, before: string[] = []) => [...before, property],
  )
  .option('--dry-run', 'show what would be written, as a patch')
  .option('--yes', 'ask nothing: what has a default gets it')
  .action((database: string, options: AddEntityOptions) =>
    exitWith(async () => (await import('./add-entity.ts')).addEntityCommand(database, options)),
  );

program
  .command('up')
  .description('start everything that no address is given for, and sync every ten minutes')
  .option('--fresh', 'delete .lockstep/ first, with all its data')
  .option('--once', 'end after the first cycle, with its exit code')
  .action((options: UpOptions) => exitWith(async () => (await import('./up.ts')).upCommand(options)));

program
  .command('migrate')
  .description('bring DATABASE_URL to the current schema')
  .action(() => exitWith(async () => (await import('./migrate.ts')).migrateCommand()));

program
  .command('worker')
  .description('run one worker; as many as you like')
  .action(() => exitWith(async () => (await import('./worker.ts')).workerCommand()));

program
  .command('webhooks')
  .description('take what Notion says has changed, and bring it to SQL at once')
  .option('--host <host>', 'where to listen; a proxy brings what comes from outside', '127.0.0.1')
  .option('--port <port>', 'and at which port', portNumber, 8787)
  .option('--reset', 'forget the verification token, and wait for that of a new subscription')
  .option('--show-token', 'print the verification token, to be pasted into Notion, and end')
  .action((options: WebhooksOptions) => exitWith(async () => (await import('./webhooks.ts')).webhooksCommand(options)));

program
  .command('schedule')
  .description('the ten-minute schedule')
  .addArgument(new Argument('<action>').choices(['ensure', 'pause', 'resume', 'trigger', 'show', 'delete']))
  .action((action: ScheduleAction) => exitWith(async () => (await import('./schedule.ts')).scheduleCommand(action)));

program
  .command('sync')
  .description('run one cycle now, or the named syncs only')
  .argument('[name...]', 'e.g. tasks-notion-to-sql; all of them where none is named')
  .option('--inbound', 'only from Notion to SQL')
  .option('--outbound', 'only from SQL to Notion')
  .option('--entity <entity>', 'only this entity; may be given again', (entity, before: string[] = []) => [
    ...before,
    entity,
  ])
  .option('--sweep', 'look for trashed, moved and unshared pages now')
  .option('--accept-archive', 'let through more archived rows at once than the brake allows')
  .option(
    '--dry-run',
    'say what would be done, and write nothing; what one sync would do for another (a task that arrives, and its event) is not counted',
  )
  .option('--json', 'print the result as JSON, and nothing else')
  .action((names: string[], options: SyncOptions) =>
    exitWith(async () => (await import('./sync.ts')).syncCommand(names, options)),
  );

program
  .command('status')
  .description('how fresh each entity is in either direction, what fails and why, what waits, and the schedule')
  .option('--json', 'print it as JSON')
  .option('--watch', 'say it again every two seconds, until Ctrl-C; with --json, a line each time')
  .action((options: StatusOptions) => exitWith(async () => (await import('./status.ts')).statusCommand(options)));

program
  .command('history')
  .description('the latest runs')
  .option('--limit <n>', 'how many', positiveNumber, 50)
  .option('--entity <entity>', 'only this entity')
  .option('--json', 'print them as JSON')
  .option('--watch', 'say it again every two seconds, until Ctrl-C; with --json, a line each time')
  .action((options: HistoryOptions) => exitWith(async () => (await import('./history.ts')).historyCommand(options)));

program
  .command('dashboard')
  .description('the same, and conflicts, as pages for a browser')
  .option('--host <host>', 'where to listen; another one than this machine needs LOCKSTEP_DASHBOARD_TOKEN', '127.0.0.1')
  .option('--port <port>', 'and at which port', portNumber, 8100)
  .action((options: DashboardCommandOptions) =>
    exitWith(async () => (await import('./dashboard.ts')).dashboardCommand(options)),
  );

program
  .command('bot')
  .description('answer you on Telegram: tasks, notes, goals, films and games by message')
  .option('--webhook', 'let Telegram bring the messages to LOCKSTEP_PUBLIC_URL/telegram, rather than ask for them')
  .option('--host <host>', 'with --webhook: where to listen; a proxy brings what comes from outside', '127.0.0.1')
  .option('--port <port>', 'and at which port', portNumber, 8788)
  .action((options: BotCommandOptions) => exitWith(async () => (await import('./bot.ts')).botCommand(options)));

program
  .command('mcp')
  .description('serve the same tools to assistants such as Claude Code and LibreChat, on standard input and output')
  .option('--http', 'over streamable HTTP, to clients that show LOCKSTEP_MCP_TOKEN')
  .option('--host <host>', 'with --http: where to listen', '127.0.0.1')
  .option('--port <port>', 'and at which port', portNumber, 8765)
  .action((options: McpCommandOptions) => exitWith(async () => (await import('./mcp.ts')).mcpCommand(options)));

program
  .command('doctor')
  .description('look at PostgreSQL, Temporal, Notion, Google and what scripts left behind; say what mends it')
  .option('--fix', 'add what PostgreSQL and Notion lack; nothing is deleted, archived, renamed or given another type')
  .option('--json', 'print what was found as a JSON array, and nothing else')
  .action((options: DoctorOptions) => exitWith(async () => (await import('./doctor.ts')).doctorCommand(options)));

const conflicts = program.command('conflicts').description('what lost when both sides had changed a row');

conflicts
  .command('list', { isDefault: true })
  .description('those that wait to be looked at')
  .option('--all', 'also the settled ones')
  .option('--json', 'print them as JSON')
  .action((options: ListOptions) => exitWith(async () => (await import('./conflicts.ts')).listCommand(options)));

conflicts
  .command('show')
  .description('the versions side by side')
  .argument('<id>', 'or its beginning')
  .action((id: string) => exitWith(async () => (await import('./conflicts.ts')).showCommand(id)));

conflicts
  .command('restore')
  .description('put the losing version back, as an edit of yours')
  .argument('<id>', 'or its beginning')
  .action((id: string) => exitWith(async () => (await import('./conflicts.ts')).restoreCommand(id)));

program
  .command('plan')
  .description('what a cycle would write on either side, record by record; nothing is written')
  .option('--entity <entity>', 'only this entity; may be given again', (entity, before: string[] = []) => [
    ...before,
    entity,
  ])
  .option('--out <file>', 'keep the plan, for lockstep apply')
  .option('--json', 'print JSON')
  .action((options: PlanOptions) => exitWith(async () => (await import('./plan.ts')).planCommand(options)));

program
  .command('apply')
  .description('do exactly what a plan says, and leave out what has moved since')
  .argument('<file>', 'what lockstep plan --out wrote')
  .action((file: string) => exitWith(async () => (await import('./plan.ts')).applyCommand(file)));

program
  .command('undo')
  .description('take back what a cycle wrote on either side, as new edits')
  .argument('<cycle>', 'its id, or how it begins; lockstep history --json shows it')
  .option('--json', 'print JSON')
  .action((cycle: string, options: ChangesOptions) =>
    exitWith(async () => (await import('./changes.ts')).undoCommand(cycle, options)),
  );

program
  .command('blame')
  .description('for each field of a record: who set it when, and what it was before')
  .argument('<entity>', 'e.g. tasks')
  .argument('<id>', "the row's, or its page's")
  .option('--json', 'print JSON')
  .action((entity: string, id: string, options: ChangesOptions) =>
    exitWith(async () => (await import('./changes.ts')).blameCommand(entity, id, options)),
  );

program
  .command('diff')
  .description('what was written between two cycles')
  .argument('<from>', 'a cycle')
  .argument('<to>', 'a later one')
  .option('--json', 'print JSON')
  .action((from: string, to: string, options: ChangesOptions) =>
    exitWith(async () => (await import('./changes.ts')).diffCommand(from, to, options)),
  );

program
  .command('auth')
  .description('sign in')
  .command('google')
  .description("let Lockstep use a Google account's calendar")
  .addOption(new Option('--account <account>', 'work: only read').choices(['personal', 'work']).default('personal'))
  .option('--from-file <file>', 'take a refresh token from a file (bare, or in JSON), on a machine without a browser')
  .action((options: AuthOptions) => exitWith(async () => (await import('./auth.ts')).authGoogleCommand(options)));

function positiveNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('it is a whole number, at least 1');
}

function portNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number < 65_536) return number;
  throw new InvalidArgumentError('it is a whole number from 0 (any that is free) to 65535');
}

await program.parseAsync();
