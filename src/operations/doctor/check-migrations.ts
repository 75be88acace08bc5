import { migrate, pendingMigrations } from '../../database/migrate.ts';
import type { Check } from './finding.ts';

/** Finds migrations of this version that were not applied. */
export const checkMigrations: Check = async ({ config }) => {
  const { url } = config.database;
  const pending = url ? await pendingMigrations(url) : [];
  if (!url || pending.length === 0) return [];
  return [
    {
      code: 'migrations_pending',
      severity: 'problem',
      subject: 'postgresql',
      what: `${pending.length} ${pending.length === 1 ? 'migration has' : 'migrations have'} not been applied: ${pending.join(', ')}`,
      why: 'this version of Lockstep needs them: nothing is synced',
      fix: 'lockstep migrate',
      applyFix: async () => `applied ${(await migrate(url)).join(', ')}`,
    },
  ];
};
