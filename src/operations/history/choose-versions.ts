import { createHash } from 'node:crypto';
import { type Database, transaction } from '../../database/client.ts';
import { recordFromJson, type StoredRecord } from '../../database/row-codec.ts';
import { type Entity, syncedFields } from '../../entities/define.ts';
import { FinalError } from '../../errors.ts';
import type { Content } from '../../sync/ports.ts';
import { isSameValue } from '../../sync/reconcile.ts';
import type { Fields, Value } from '../../sync/types.ts';
import { isTyped, readTyped } from '../fields/typed-value.ts';
import { readRow } from './conflict-row.ts';
import { resolveConflict, type StoredConflict } from './conflicts.ts';
import { readLockedRecord, replaceTemporaryIds, writeVersion } from './write-version.ts';

export type ConflictSide = 'sql' | 'remote';

/** A field that a person can decide on, `archived` included. */
export interface DecidableField {
  readonly name: string;
  /** Undefined where the version lacks the field. */
  readonly sql: Value | undefined;
  readonly remote: Value | undefined;
  readonly current: Value;
  /** The field was edited after the conflict: its value differs from the winning one. */
  readonly isChangedSince: boolean;
  /** Whether another value can be typed. */
  readonly isTyped: boolean;
  /** Of a select, with the values of both versions; null for other kinds. */
  readonly options: readonly string[] | null;
}

export interface ConflictChoice {
  /** The fields in which the versions or the row differ. */
  readonly fields: readonly DecidableField[];
  /** Differs as soon as one of these fields is edited. */
  readonly digest: string;
}

/** What a field gets: the value of a version, the one it has, or one that a person has typed. */
export type FieldDecision = ConflictSide | 'current' | { readonly typed: string };

export interface Decisions {
  /** A side for all fields, or the decision for each; a field without one keeps its value. */
  readonly keep: ConflictSide | ReadonlyMap<string, FieldDecision>;
  /** Of the choice that a person has seen. Without it, a row that was edited after the conflict is left alone. */
  readonly digest?: string;
}

/** What can be decided now. @throws FinalError when the row does not exist, or is only read */
export async function readChoice(database: Database, conflict: StoredConflict): Promise<ConflictChoice> {
  const { entity, stored } = await readRow(conflict, async ({ read }) => {
    const [found] = await database.query<StoredRecord>(read, [[conflict.recordId]]);
    return found;
  });
  return choiceOf(database, entity, stored, conflict);
}

/**
 * Gives the row the decided values, as a user's edit, so that they sync. The conflict is resolved.
 * @returns the names of the changed fields, `archived` included
 * @throws FinalError when the conflict is resolved already, the row does not exist, a value is not valid, or the row is
 * another than the one that was seen
 */
export function decideConflict(
  database: Database,
  conflict: StoredConflict,
  { keep, digest }: Decisions,
): Promise<readonly string[]> {
  return transaction(database, { as: 'user' }, async (tx) => {
    // This also locks out a second decision.
    if (!(await resolveConflict(tx, conflict))) {
      throw new FinalError('conflict_settled', `conflict ${conflict.id} is resolved already: nothing was changed`);
    }
    const { entity, stored } = await readRow(conflict, (_, entity) => readLockedRecord(tx, entity, conflict.recordId));
    const choice = await choiceOf(tx, entity, stored, conflict);
    requireSeen(choice, keep, digest);
    if (typeof keep === 'string' && versionOf(conflict, keep) === null) {
      throw new FinalError('version_missing', `conflict ${conflict.id} has no ${keep} version to keep`);
    }
    requireOneSide(entity, choice, keep);
    const values: Record<string, Value> = {};
    for (const field of choice.fields) {
      values[field.name] = await valueFor(tx, entity, field, decisionOn(field, keep));
    }
    const { archived = choice.archived, ...fields } = values;
    return writeVersion(tx, entity, stored, { fields, archived: archived === true });
  });
}

/** @throws FinalError when an edit would be overwritten that a person has not seen */
function requireSeen(choice: ConflictChoice, keep: Decisions['keep'], digest: string | undefined): void {
  if (digest !== undefined) {
    if (choice.digest === digest) return;
    throw new FinalError('changed_since', 'the record was edited while you looked at it: look at it again');
  }
  const overwritten = choice.fields.filter(
    (field) => field.isChangedSince && !isSameValue(valueFrom(field, decisionOn(field, keep)), field.current),
  );
  if (overwritten.length === 0) return;
  const names = overwritten.map(({ name }) => name).join(', ');
  throw new FinalError('changed_since', `${names} was edited after the conflict: check the record first`);
}

/** The version of a side; null when there was none. */
export const versionOf = ({ sql, remote }: StoredConflict, side: ConflictSide) => (side === 'sql' ? sql : remote);

/** The side whose version was not taken. */
export const losingSide = ({ winner }: StoredConflict): ConflictSide => (winner === 'sql' ? 'remote' : 'sql');

const winningSide = ({ winner }: StoredConflict): ConflictSide => (winner === 'sql' ? 'sql' : 'remote');

/** The values of a version by field, `archived` included. */
export const valuesOf = (content: Content | null): Fields =>
  content ? { ...content.fields, archived: content.archived } : {};

const decisionOn = (field: DecidableField, keep: Decisions['keep']): FieldDecision =>
  typeof keep === 'string' ? (field[keep] === undefined ? 'current' : keep) : (keep.get(field.name) ?? 'current');

/** Fields that make one value cannot come from both sides. */
function requireOneSide({ oneValue = [] }: Entity, { fields }: ConflictChoice, keep: Decisions['keep']): void {
  const parts = fields.filter(({ name }) => oneValue.includes(name));
  const sources = (['sql', 'remote', 'current'] as const).filter((source) =>
    parts.every((field) => isSameValue(valueFrom(field, decisionOn(field, keep)), field[source])),
  );
  if (parts.length === 0 || sources.length > 0) return;
  const names = parts.map(({ name }) => name).join(', ');
  throw new FinalError('invalid_input', `${names} make one value: keep all of them from the same side`);
}

const valueFrom = (field: DecidableField, decision: FieldDecision): Value | undefined =>
  typeof decision === 'string' ? field[decision] : decision.typed;

async function valueFor(
  database: Database,
  entity: Entity,
  field: DecidableField,
  decision: FieldDecision,
): Promise<Value> {
  if (typeof decision === 'object') return readTyped(database, entity, field.name, decision.typed);
  const value = field[decision];
  if (value !== undefined) return value;
  throw new FinalError('invalid_input', `${field.name} has no value on this side`);
}

async function choiceOf(
  database: Database,
  entity: Entity,
  stored: StoredRecord,
  conflict: StoredConflict,
): Promise<ConflictChoice & { readonly archived: boolean }> {
  const { row } = recordFromJson(entity, stored);
  const now = valuesOf(row);
  const withPageIds = (version: Content | null) => replaceTemporaryIds(database, entity, valuesOf(version));
  const sql = await withPageIds(conflict.sql);
  const remote = await withPageIds(conflict.remote);
  const winning = await withPageIds(versionOf(conflict, winningSide(conflict)));
  const names = [...syncedFields(entity).map(([name]) => name), 'archived'];
  const fields = names.flatMap((name): DecidableField[] => {
    const [inSql, inRemote, current] = [sql[name], remote[name], now[name] ?? null];
    const versions = [inSql, inRemote].filter((value) => value !== undefined);
    if (versions.every((value) => isSameValue(value, current))) return [];
    return [
      {
        ...{ name, sql: inSql, remote: inRemote, current },
        isChangedSince: !isSameValue(current, winning[name] ?? null),
        isTyped: isTyped(entity, name, current),
        options: optionsFor(entity, name, [...versions, current]),
      },
    ];
  });
  const digest = createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
  return { fields, digest, archived: row?.archived ?? false };
}

function optionsFor(entity: Entity, name: string, values: readonly Value[]): readonly string[] | null {
  const field = entity.fields[name];
  if (field?.kind !== 'select') return null;
  const used = values.filter((value) => typeof value === 'string');
  return [...new Set([...field.options, ...used])];
}
