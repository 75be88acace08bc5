import { omit } from './fields.ts';
import { mergeLists } from './merge-lists.ts';
import type { Content } from './ports.ts';
import {
  changedFields,
  type Decision,
  isSameContent,
  isSameValue,
  newerSide,
  type Rules,
  reconcile,
} from './reconcile.ts';
import type { Snapshot, Value } from './types.ts';

/**
 * A field that the base lacks was never agreed on: its property or its column is
 * new, or the property was deleted and added again. Nobody cleared the side that
 * is empty, so it gets the other side's value, under either rule for conflicts.
 */
export function decideRecord(
  { base, remote, sql }: { readonly base: Content | null; readonly remote: Snapshot; readonly sql: Snapshot },
  rules: Rules,
): Decision {
  const unagreed = base ? changedFields(remote.fields, sql.fields).filter((name) => !(name in base.fields)) : [];
  if (unagreed.length === 0 || rules.readOnly) return reconcile(base, remote, sql, rules);
  const agreedOn = <T extends Content>(side: T): T => ({ ...side, fields: omit(side.fields, unagreed) });
  const { archivedField, ...others } = rules;
  const keepsArchivedField = archivedField !== undefined && !unagreed.includes(archivedField);
  const rest = reconcile(base, agreedOn(remote), agreedOn(sql), keepsArchivedField ? rules : others);
  const newer = newerSide(remote, sql, rules);
  const sides = newer.winner === 'sql' ? [sql, remote] : [remote, sql];
  let isConflict = 'resolution' in rest && rest.resolution !== undefined;
  const values = unagreed.map((name) => {
    const [won = null, lost = null] = sides.map(({ fields }) => fields[name]);
    if (isEmpty(won) || isEmpty(lost)) return [name, isEmpty(won) ? lost : won];
    if (Array.isArray(won) && Array.isArray(lost)) {
      const all = mergeLists([], won, lost);
      return [name, rules.listFields?.includes(name) ? all : all.sort()];
    }
    isConflict = true;
    return [name, won];
  });
  const agreed = { fields: { ...rest.agreed.fields, ...Object.fromEntries(values) }, archived: rest.agreed.archived };
  const resolution = isConflict ? { resolution: newer } : {};
  if (isSameContent(agreed, remote)) return { kind: 'write_sql', agreed, ...resolution };
  if (isSameContent(agreed, sql)) return { kind: 'write_remote', agreed, ...resolution };
  return { kind: 'write_both', agreed, ...resolution };
}

const isEmpty = (value: Value): boolean => value === null || value === '' || value === false || isSameValue(value, []);
