import type { Content } from '../../sync/ports.ts';
import { isSameValue } from '../../sync/reconcile.ts';
import type { Value } from '../../sync/types.ts';
import { entitiesOf, type StoredConflict } from './conflicts.ts';

/** The side that is not SQL. A task's due date can also lose to Google, where its event was moved. */
export const remoteSideOf = (conflict: StoredConflict): 'notion' | 'google' =>
  conflict.winner === 'google' || entitiesOf(conflict).some(({ remote }) => remote) ? 'google' : 'notion';

export const losingSideOf = (conflict: StoredConflict): 'notion' | 'google' | 'sql' =>
  conflict.winner === 'sql' ? remoteSideOf(conflict) : 'sql';

/** One field of a conflict, in each of its versions; undefined where a version lacks it. */
export interface ComparedField {
  readonly name: string;
  readonly base: Value | undefined;
  readonly remote: Value | undefined;
  readonly sql: Value | undefined;
}

/** The fields in which the versions differ. */
export const compareVersions = ({ base, remote, sql }: StoredConflict): readonly ComparedField[] =>
  fieldsOf([base, remote, sql])
    .map((name) => ({ name, base: fieldOf(base, name), remote: fieldOf(remote, name), sql: fieldOf(sql, name) }))
    .filter((field) => !isSameValue(field.remote, field.sql) || (base && !isSameValue(field.base, field.sql)));

const fieldsOf = (versions: readonly (Content | null)[]): string[] => [
  ...new Set([...versions.flatMap((version) => Object.keys(version?.fields ?? {})), 'archived']),
];

const fieldOf = (version: Content | null, name: string): Value | undefined =>
  name === 'archived' ? version?.archived : version?.fields[name];
