import { migrate, pendingMigrations } from '../../database/migrate.ts';
import type { Check } from './finding.ts';

/** Whether the database has all that this version needs. */
export const migrations: Check = async ({ config }) => {
  const { url } = config.database;
  const pending = url ? await pendingMigrations(url) : [];
  if (!url || pending.length === 0) return [];
  return [
    {
      code: 'migrations_pending',
      severity: 'problem',
      subject: 'postgresql',
      what: `${pending.length} ${pending.length === 1 ? 'migration has' : 'migrations have'} not been applied: ${pending.join(', ')}`,
      why: 'this version of Lockstep counts on them: nothing is synced',
      mend: 'lockstep migrate',
      fix: async () => `applied ${(await migrate(url)).join(', ')}`,
    },
  ];
};
