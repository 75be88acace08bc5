import { usesTransactionPooling } from '../../database/transaction-pooling.ts';
import type { Check } from './finding.ts';

/** Finds a pooler that gives each transaction another session. */
export const checkPooling: Check = async ({ config }) => {
  const { url } = config.database;
  if (!url || !(await usesTransactionPooling(url))) return [];
  return [
    {
      code: 'transaction_pooling',
      severity: 'problem',
      subject: 'postgresql',
      what: 'DATABASE_URL leads through a pooler that gives each transaction another session (transaction pooling)',
      why: 'claims, settings and notifications belong to a session: a sync waits without end, or two run at once, and the other checks of PostgreSQL cannot run',
      fix: 'set DATABASE_URL to PostgreSQL itself or to a pool in session mode (on Supabase the port 5432, on Neon the host without -pooler), and restart the workers',
    },
  ];
};
