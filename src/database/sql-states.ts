/**
 * What an SQLSTATE means for a sync.
 * - `record`: PostgreSQL refuses these values; the other records go on.
 * - `entity`: nothing of the sync can be written until somebody changes something.
 * - `wait`: it may pass by itself.
 * - `ours`: the statement is wrong in itself.
 */
export type Meaning = 'record' | 'entity' | 'wait' | 'ours';

interface Entry {
  readonly means: Meaning;
  /** What to do; `wait` needs none. */
  readonly advice?: string;
}

/**
 * By code or class; the longest entry that a code begins with counts.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const STATES: Readonly<Record<string, Entry>> = {
  '08': { means: 'wait' },
  '08P01': { means: 'entity', advice: 'remove what the pooler does not know from DATABASE_URL, such as options=' },
  '0A': { means: 'wait' },
  '21': { means: 'record' },
  '22': { means: 'record' },
  '23': { means: 'record' },
  '25': { means: 'ours' },
  '25006': {
    means: 'entity',
    advice: 'connect to the primary, or switch default_transaction_read_only off; it is tried again in the next cycle',
  },
  '25P02': { means: 'ours' },
  '28': { means: 'entity', advice: 'check the user and the password in DATABASE_URL, and pg_hba.conf' },
  '2F': { means: 'record' },
  '38': { means: 'record' },
  '39': { means: 'record' },
  '3D': { means: 'entity', advice: 'create the database, or correct its name in DATABASE_URL' },
  '3F': { means: 'entity', advice: 'create the schema, or name another with ?schema= in DATABASE_URL' },
  '40': { means: 'wait' },
  '42': { means: 'ours' },
  '42501': { means: 'entity', advice: 'run lockstep doctor, which says what to grant' },
  '44': { means: 'record' },
  '53': { means: 'wait' },
  '54': { means: 'record' },
  '55': { means: 'wait' },
  '57': { means: 'wait' },
  '57P04': { means: 'entity', advice: 'the database was dropped: create it, or correct DATABASE_URL' },
  '58': { means: 'wait' },
  P0: { means: 'record' },
  XX: { means: 'wait' },
  XX001: { means: 'entity', advice: 'the data on disk is damaged: restore a backup' },
  XX002: { means: 'entity', advice: 'an index on disk is damaged: REINDEX it' },
};

/** These pass by themselves wherever they occur, in a trigger too. */
const isOfTheServer = (state: string): boolean => /^(08|40|53|55P03|57|58)/.test(state);

/**
 * @param inFunction whether it occurred in a function of the owner, such as a trigger: whatever it raises is about the
 *   row that it was called for
 */
export function meaningOf(state: string, inFunction: boolean): Entry {
  if (inFunction && !isOfTheServer(state)) return { means: 'record' };
  const known = [state, state.slice(0, 2)].find((key) => key in STATES);
  return (known === undefined ? undefined : STATES[known]) ?? { means: 'wait' };
}
