import { Command } from 'commander';
import { exitWith } from './exit.ts';

const program = new Command('lockstep')
  .description('Notion, PostgreSQL and Google Calendar, kept in step')
  .showHelpAfterError('(lockstep --help says more)');

program
  .command('migrate')
  .description('bring DATABASE_URL to the current schema')
  .action(() => exitWith(async () => (await import('./migrate.ts')).migrateCommand()));

program
  .command('worker')
  .description('run one worker; as many as you like')
  .option('--log-file <file>', 'write the log there instead of to standard error')
  .action((options: { logFile?: string }) =>
    exitWith(async () => (await import('./worker.ts')).workerCommand(options)),
  );

await program.parseAsync();
