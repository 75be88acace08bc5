import type { DoctorContext } from './doctor-context.ts';

/** Every finding of the doctor. The test `every-finding` causes each of them, and fixes it as its `fix` says. */
export const FINDING_CODES = [
  ...(['database_unavailable', 'postgresql_too_old', 'postgresql_untested', 'rights_missing'] as const),
  ...([
    'tables_not_owned',
    'pool_too_large',
    'transaction_pooling',
    'row_security',
    'migrations_pending',
    'other_definition',
    'features_off',
    'trigger_missing',
    'trigger_off',
    'index_missing',
    'view_missing',
  ] as const),
  ...([
    'rows_stuck',
    'conflicts_open',
    'approval_waiting',
    'backlog',
    'edits_refused',
    'page_deleted',
    'duplicates',
    'all_day_inexact',
    'task_event_day',
    'event_orphaned',
    'event_unknown',
  ] as const),
  ...(['relation_cut', 'temporal_unreachable', 'temporal_refused', 'schedule_missing', 'schedule_paused'] as const),
  ...([
    'schedule_differs',
    'schedule_foreign',
    'chore_schedule',
    'worker_missing',
    'lock_orphaned',
    'retention_short',
    'search_attributes_missing',
    'workflow_failing',
    'notion_unreachable',
    'notion_refuses',
    'unauthorized',
    'token',
  ] as const),
  ...(['capability_missing', 'clock_skew', 'not_found', 'database_trashed', 'data_source_unclear'] as const),
  ...(['property_missing', 'property_retyped', 'property_renamed', 'property_unmapped', 'relation_target'] as const),
  ...(['sync_key_missing', 'sync_key_retyped', 'option_missing', 'option_renamed', 'option_translated'] as const),
  ...(['google_client_incomplete', 'google_client', 'google_not_signed_in', 'google_signed_out'] as const),
  ...(['google_scope_missing', 'google_api_off', 'google_unreachable', 'google_refuses'] as const),
  ...(['encryption_key_missing', 'encryption_key', 'encryption_damaged'] as const),
  ...(['calendar_not_found', 'calendar_read_only', 'time_zone_differs', 'session_time_zone'] as const),
  ...(['webhooks_unreachable', 'webhook_token_missing', 'channel_missing'] as const),
] as const;

/** Short and stable, e.g. `property_missing`. */
export type FindingCode = (typeof FINDING_CODES)[number];

/** Something that the doctor has found. */
export interface Finding {
  readonly code: FindingCode;
  /** `info` does not make the doctor fail. */
  readonly severity: 'problem' | 'info';
  /** `notion`, an entity, or an entity and its property, such as `tasks/Priority`. */
  readonly subject: string;
  readonly what: string;
  /** Why it matters. */
  readonly why: string;
  /** The command to run, or what else to do. */
  readonly fix: string;
  /** Fixes the problem by adding something. @returns what it did. @throws LockstepError */
  readonly applyFix?: () => Promise<string>;
}

/** One subject that the doctor checks. A check writes nothing; only `applyFix` of a finding does. */
export type Check = (context: DoctorContext) => Promise<readonly Finding[]>;

export const FIX_COMMAND = 'lockstep doctor --fix';
export const ENSURE_COMMAND = 'lockstep schedule ensure';
export const RESUME_COMMAND = 'lockstep resume';
export const NOTHING_TO_DO = 'nothing to do';

export const info = (finding: Pick<Finding, 'code' | 'subject' | 'what'>): Finding => ({
  ...finding,
  severity: 'info',
  why: 'for your information',
  fix: NOTHING_TO_DO,
});

export const isProblem = ({ severity }: Finding): boolean => severity === 'problem';
