/** What workflows, activities and clients say to one another: small, and free of any page content. */

export type Direction = 'inbound' | 'outbound' | 'trigger';

/** Which activity does a sync. */
export type SyncKind = 'entity' | 'calendar' | 'para' | 'trigger';

/** What a cycle shall do; all of it optional, so that a cycle needs no input. */
export interface CycleRequest {
  /** Sync names to run alone; the others are left out. */
  readonly names?: readonly string[];
  readonly directions?: readonly Direction[];
  readonly entities?: readonly string[];
  /** Look for trashed, moved and unshared pages now. */
  readonly sweep?: boolean;
  /** Let through more archived rows at once than the brake allows. */
  readonly acceptArchive?: boolean;
  /** Say what would be done, and write nothing. */
  readonly dryRun?: boolean;
  /** Somebody waits for it: its requests go ahead of what runs by itself. */
  readonly urgent?: boolean;
}

/** What a sync must know of the cycle to say what it would do in it. */
export interface DryRun {
  /** Entities whose inbound sync comes first. */
  readonly inbound: readonly string[];
}

/** One sync to run, and those of its phase whose end it waits for. */
export interface PlannedSync {
  readonly name: string;
  readonly kind: SyncKind;
  readonly entity: string;
  readonly after: readonly string[];
}

/** Made by an activity, so that a deploy in the middle of a cycle changes nothing in it. */
export interface CyclePlan {
  /** Cycles of one name run one after another. */
  readonly turn: string;
  readonly inbound: readonly PlannedSync[];
  readonly outbound: readonly PlannedSync[];
  readonly trigger: readonly PlannedSync[];
}

export interface PhaseRequest {
  readonly cycleId: string;
  readonly syncs: readonly PlannedSync[];
  readonly sweep: boolean;
  readonly acceptArchive: boolean;
  readonly dryRun?: DryRun;
  readonly urgent?: boolean;
}

export interface SyncRequest {
  readonly cycleId: string;
  readonly name: string;
  readonly entity: string;
  readonly sweep: boolean;
  readonly acceptArchive: boolean;
  /** Given: only say what would be done. */
  readonly dryRun?: DryRun;
  readonly urgent?: boolean;
}

export type SyncStatus = 'ok' | 'partial' | 'failed' | 'skipped';

/** What one sync did. */
export interface SyncOutcome {
  readonly name: string;
  readonly entity: string;
  readonly direction: Direction;
  readonly status: SyncStatus;
  readonly processed: number;
  readonly created: number;
  readonly updated: number;
  readonly archived: number;
  readonly conflicts: number;
  readonly adopted: number;
  readonly requests: number;
  /** Records that could not be synced, and warnings. */
  readonly issues: number;
  /** Why it failed, or the first issue: one line. */
  readonly message?: string;
}

export interface CycleResult {
  readonly cycleId: string;
  readonly ok: boolean;
  readonly summary: string;
  readonly syncs: readonly SyncOutcome[];
}

/** One line of live progress: a sync that runs (no outcome yet) or has ended. */
export interface SyncProgress {
  readonly name: string;
  readonly state: 'waiting' | 'running' | SyncStatus;
  readonly outcome?: SyncOutcome;
}

export const PROGRESS_QUERY = 'progress';
export const CYCLE_FAILED = 'CycleFailed';
export const SYNCS_FAILED = 'SyncsFailed';
