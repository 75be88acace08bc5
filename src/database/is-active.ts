import type { Entity } from '../entities/define.ts';
import { literal } from './entity-sql.ts';

/** The condition of `active_<table>`, on columns without a prefix: neither archived nor closed. */
export function isActive({ archivedStatus, closedStatuses = [] }: Entity): string {
  const left = [...(archivedStatus === undefined ? [] : [archivedStatus]), ...closedStatuses];
  const [only, another] = left.map(literal);
  if (only === undefined) return 'archived_at IS NULL';
  if (another === undefined) return `archived_at IS NULL AND status IS DISTINCT FROM ${only}`;
  return `archived_at IS NULL AND coalesce(status, '') NOT IN (${left.map(literal).join(', ')})`;
}
