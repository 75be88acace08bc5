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
  /** What fills rows in between inbound and outbound; left out where nothing is set up for it. */
  readonly enrichments?: readonly string[];
}

export interface EnrichRequest {
  readonly cycleId: string;
  /** As the plan names it. */
  readonly name: string;
}

export interface PhaseRequest {
  readonly cycleId: string;
  readonly syncs: readonly PlannedSync[];
  readonly sweep: boolean;
  readonly acceptArchive: boolean;
  readonly dryRun?: DryRun;
  readonly urgent?: boolean;
  readonly hinted?: boolean;
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
  /** Because of a hint: a run that does nothing is not written down. */
  readonly hinted?: boolean;
}

export interface PagesRequest extends SyncRequest {
  readonly pageIds: readonly string[];
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

/**
 * What somebody noticed of an entity between two cycles: rows edited in SQL, pages
 * edited in Notion, or some change on the other side that only a listing tells.
 */
export type Hint =
  | { readonly kind: 'edited' }
  | { readonly kind: 'pages'; readonly pageIds: readonly string[] }
  | { readonly kind: 'changed' };

/** All that was noticed and not yet looked into. */
export interface Noticed {
  readonly edited: boolean;
  readonly changed: boolean;
  readonly pageIds: readonly string[];
}

export interface HintRequest {
  readonly entity: string;
  /** Left over from the run before, which had become long. */
  readonly noticed?: Noticed;
  readonly spent?: number;
}

export interface HintPlan {
  /** The entity's own sync, to SQL. */
  readonly inbound: PlannedSync;
  /** Its sync from SQL, and those of linked entities that have something to send first. */
  readonly outbound: readonly PlannedSync[];
  /** Entities whose links may have waited for a record of this one. */
  readonly linkers: readonly string[];
  /** Requests that may be spent in a row before hints have to wait longer. */
  readonly burst: number;
}

export const HINT_SIGNAL = 'hint';
export const PROGRESS_QUERY = 'progress';
export const CYCLE_FAILED = 'CycleFailed';
export const SYNCS_FAILED = 'SyncsFailed';
