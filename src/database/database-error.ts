import pg from 'pg';
import { FinalError, LockstepError, RecordError, RetryableError } from '../errors.ts';
import { meaningOf } from './sql-states.ts';

/**
 * What PostgreSQL, its driver or the pool reported, as one line that hides the connection string: by the table of
 * `sql-states.ts`, a RecordError, a FinalError or a RetryableError. An error in the statement itself is returned
 * unchanged.
 */
export function databaseError(error: unknown): unknown {
  if (error instanceof LockstepError) return error;
  const message = lastLine(error);
  if (!(error instanceof pg.DatabaseError)) return withoutState(error, message);
  const state = error.code ?? '';
  if (state === UNDEFINED_TABLE && !raisedBy(error)) {
    return new FinalError('schema_missing', 'the database lacks tables of Lockstep: run lockstep migrate');
  }
  if (state === LOCK_NOT_AVAILABLE) return rowLocked();
  if (message.includes('row-level security')) {
    return new FinalError(
      'row_level_security',
      `PostgreSQL's row level security hides rows from Lockstep or refuses them (${message}): ALTER ROLE … BYPASSRLS for the role in DATABASE_URL, or switch it off for the table`,
    );
  }
  const raiser = raisedBy(error);
  const { means, advice } = meaningOf(state, raiser !== null);
  switch (means) {
    case 'record': {
      const by = raiser ? ` (in the function ${raiser})` : '';
      return new RecordError('refused_by_sql', `PostgreSQL refused the values: ${message}${by}`);
    }
    case 'entity':
      return new FinalError('refused_by_database', `PostgreSQL refused: ${message}: ${advice}`);
    case 'ours':
      return error;
    case 'wait':
      return new RetryableError('database_unavailable', `PostgreSQL did not answer: ${message}`, { cause: error });
  }
}

export const rowLocked = (): RetryableError =>
  new RetryableError('row_locked', 'a row is locked by another transaction for long; it is tried again');

const UNDEFINED_TABLE = '42P01';
const LOCK_NOT_AVAILABLE = '55P03';
/** The pool's message when no connection became free in time. */
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';
/** Codes of Node and OpenSSL for a certificate that nobody whom this machine trusts has signed, or for another host. */
const CERTIFICATE = /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_|ERR_TLS_CERT)/;

function withoutState(error: unknown, message: string): LockstepError {
  if (message.includes(POOL_EXHAUSTED)) {
    return new RetryableError(
      'pool_exhausted',
      'all connections to PostgreSQL were busy for a minute: raise DATABASE_POOL_SIZE; it is tried again',
    );
  }
  if (CERTIFICATE.test(codeOf(error))) {
    return new FinalError(
      'certificate_refused',
      `the certificate of PostgreSQL is not trusted (${message}): add sslrootcert=<file of its CA> to DATABASE_URL, or sslmode=no-verify to encrypt without checking it`,
    );
  }
  if (message.includes('does not support SSL')) {
    return new FinalError(
      'certificate_refused',
      'PostgreSQL does not offer TLS, which sslmode in DATABASE_URL asks for: switch it on in the server, or set sslmode=disable',
    );
  }
  return new RetryableError('database_unavailable', `PostgreSQL did not answer: ${message}`, { cause: error });
}

/** The innermost function of the owner in which the error occurred. */
function raisedBy({ where }: pg.DatabaseError): string | null {
  const innermost = /^PL\/\w+ function "?([\w.]+)/m.exec(where ?? '')?.[1];
  return innermost === undefined || innermost.includes('lockstep_') || innermost === 'inline_code_block'
    ? null
    : innermost;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Network errors of a host with several addresses have a code but no message. */
function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message || codeOf(error) || error.name : String(error);
  return (text.trim().split('\n').at(-1) ?? '').replace(/postgres(ql)?:\/\/\S+/g, 'the database');
}
