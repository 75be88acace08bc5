import type { Entity } from '../entities/define.ts';
import type { Issue, LocalRecord, SyncContext } from './ports.ts';

/** A row that another transaction holds waits, and the others go on. */
export const lockedIssue = ({ name }: Entity, recordId: string, lockedBy: string): Issue => ({
  code: 'row_locked',
  message: `${name}: row ${recordId} waits, since it is locked by ${lockedBy}`,
  record: recordId,
});

/** Reports the locked records, each once. @returns the others */
export function reportLocked(context: SyncContext, records: readonly LocalRecord[]): readonly LocalRecord[] {
  const { errors } = context.tally;
  for (const { recordId, lockedBy } of records) {
    if (lockedBy === undefined) continue;
    const isReported = errors.some(({ code, record }) => code === 'row_locked' && record === recordId);
    if (!isReported) errors.push(lockedIssue(context.entity, recordId, lockedBy));
  }
  return records.filter(({ lockedBy }) => lockedBy === undefined);
}
