import pg from 'pg';
import { FinalError, LockstepError, RecordError, RetryableError } from '../errors.ts';

/**
 * What PostgreSQL, its driver or the pool reported, as one line that hides the connection string: a RecordError when
 * PostgreSQL refuses the values themselves, a FinalError when tables are missing, a RetryableError when PostgreSQL
 * cannot be reached or is busy. An error in the statement itself is returned unchanged.
 */
export function databaseError(error: unknown): unknown {
  if (error instanceof LockstepError) return error;
  const message = lastLine(error instanceof Error ? error.message : String(error));
  const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
  if (DATA_FAULTS.test(state)) return new RecordError('refused_by_sql', `PostgreSQL refused the values: ${message}`);
  if (state === UNDEFINED_TABLE) {
    return new FinalError('schema_missing', 'the database lacks tables of Lockstep: run lockstep migrate');
  }
  if (STATEMENT_FAULTS.test(state)) return error;
  if (state === LOCK_NOT_AVAILABLE) return rowLocked();
  if (message.includes(POOL_EXHAUSTED)) {
    return new RetryableError(
      'pool_exhausted',
      'all connections to PostgreSQL were busy for a minute: raise DATABASE_POOL_SIZE; it is tried again',
    );
  }
  return new RetryableError('database_unavailable', `PostgreSQL did not answer: ${message}`, { cause: error });
}

export const rowLocked = (): RetryableError =>
  new RetryableError('row_locked', 'a row is locked by another transaction for long; it is tried again');

/** SQLSTATE classes: data exceptions, constraint violations, and errors that a trigger raises itself. */
const DATA_FAULTS = /^(22|23|P0)/;
/** SQLSTATE class: a statement or schema that is wrong in itself. */
const STATEMENT_FAULTS = /^42/;
const UNDEFINED_TABLE = '42P01';
const LOCK_NOT_AVAILABLE = '55P03';
/** The pool's message when no connection became free in time. */
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';

const lastLine = (text: string): string =>
  (text.trim().split('\n').at(-1) ?? '').replace(/postgres(ql)?:\/\/\S+/g, 'the database');
