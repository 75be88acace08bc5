import { type StoredConflict, titleOf } from '../../../operations/history/conflicts.ts';
import { pluralize } from '../../../operations/status/format-status.ts';
import { type Html, html } from '../html.ts';
import { conflictPath } from '../view.ts';

/** Why a conflict was not resolved, by the code of the error. */
export const REASONS: Readonly<Record<string, string>> = {
  changed_since: 'the record was edited after the conflict: decide on its page',
  conflict_settled: 'it was resolved already',
  row_gone: 'its row does not exist; the next cycle restores a deleted row',
  work_calendar: 'the work calendar is read-only',
  version_missing: 'this side has no version',
  other_side: 'it is a conflict with the other service',
};

/** So many are named. */
export const MAX_REASONS = 20;

/** What was done about several conflicts. */
export interface KeptConflicts {
  readonly kept: number;
  readonly left: number;
  /** Of the first ones that were left. */
  readonly reasons: readonly { readonly code: string; readonly conflict: StoredConflict }[];
}

export const keptNotice = ({ kept, left, reasons }: KeptConflicts): Html =>
  html`${pluralize(kept, 'conflict')} resolved.${
    left > 0 &&
    html` ${pluralize(left, 'conflict')} not resolved: ${reasons.map(
      ({ code, conflict }, at) =>
        html`${at > 0 && '; '}<a href="${conflictPath(conflict.id)}">${titleOf(conflict)}</a>: ${REASONS[code]}`,
    )}${left > reasons.length && `; and ${left - reasons.length} more`}.`
  }`;
