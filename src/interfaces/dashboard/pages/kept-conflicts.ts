import { type StoredConflict, titleOf } from '../../../operations/history/conflicts.ts';
import { pluralize } from '../../../operations/status/format-status.ts';
import { type Html, html } from '../html.ts';
import { conflictPath } from '../view.ts';

/** Any other error: its message is shown as long as the dashboard has it. */
export const OTHER_REASON = 'other';

/** Why a conflict was not resolved, by the code of the error. */
export const REASONS: Readonly<Record<string, string>> = {
  changed_since: 'the record was edited after the conflict: decide on its page',
  conflict_settled: 'it was resolved already',
  row_gone: 'its row does not exist; the next cycle restores a deleted row',
  work_calendar: 'the work calendar is read-only',
  version_missing: 'this side has no version',
  other_side: 'it is a conflict with the other service',
  versions_too_large: 'its versions are too large for this page: use lockstep conflicts restore',
  [OTHER_REASON]: 'it could not be resolved: try again on its page',
};

/** The number of unresolved conflicts that are named. */
export const MAX_REASONS = 20;

/** What was done about several conflicts. */
export interface KeptConflicts {
  readonly kept: number;
  readonly left: number;
  /** Of the first ones that were left. */
  readonly reasons: readonly { readonly reason: string; readonly conflict: StoredConflict }[];
}

export function keptNotice({ kept, left, reasons }: KeptConflicts): Html {
  const named = reasons.map(
    ({ reason, conflict }, at) =>
      html`${at === 0 ? ': ' : '; '}<a href="${conflictPath(conflict.id)}">${titleOf(conflict)}</a>: ${reason}`,
  );
  const unnamed = reasons.length > 0 && left > reasons.length && html`; and ${left - reasons.length} more`;
  return html`${pluralize(kept, 'conflict')} resolved.${
    left > 0 && html` ${pluralize(left, 'conflict')} not resolved${named}${unnamed}.`
  }`;
}
