/**
 * What workflows, activities and clients pass to one another: small, and without page content. Temporal stores it in
 * histories, so a field's name does not change.
 */

export type Direction = 'inbound' | 'outbound' | 'trigger';

export type SyncKind = 'entity' | 'calendar' | 'para' | 'trigger';

/** What a cycle does. Every field is optional, so that a cycle needs no input. */
export interface CycleRequest {
  /** Run only the syncs with these names. */
  readonly names?: readonly string[];
  readonly directions?: readonly Direction[];
  readonly entities?: readonly string[];
  /** Look for trashed, moved and unshared pages now. */
  readonly sweep?: boolean;
  /** Archive more records at once than the limit allows. */
  readonly acceptArchive?: boolean;
  /** Report what the cycle would do, and write nothing. */
  readonly dryRun?: boolean;
  /** A person waits for it: its requests go ahead of scheduled ones. */
  readonly urgent?: boolean;
}

/** One sync to run. */
export interface PlannedSync {
  readonly name: string;
  readonly kind: SyncKind;
  readonly entity: string;
  /** Syncs of the same phase that have to end first. */
  readonly after: readonly string[];
}

/** Made by an activity, so that a deployment during a cycle does not change the cycle. */
export interface CyclePlan {
  /** The workflow id of the cycle lock: cycles with the same id run one after another. */
  readonly turn: string;
  /** The run that planned the cycle. A cycle that was reset has another one. Absent in plans of earlier versions. */
  readonly runId?: string;
  readonly inbound: readonly PlannedSync[];
  readonly outbound: readonly PlannedSync[];
  readonly trigger: readonly PlannedSync[];
  /** Enrichments to run between the inbound and the outbound phase. Absent when none is configured. */
  readonly enrichments?: readonly string[];
  /** The namespace has the search attributes. Absent otherwise, and in plans of earlier versions. */
  readonly isSearchable?: boolean;
}

export interface EnrichRequest {
  readonly cycleId: string;
  /** An enrichment's name, from the plan. */
  readonly name: string;
}

export interface PhaseRequest {
  readonly cycleId: string;
  readonly syncs: readonly PlannedSync[];
  readonly sweep: boolean;
  readonly acceptArchive: boolean;
  /** Present in a dry run: the entities that have an inbound sync in this cycle. */
  readonly dryRun?: { readonly inbound: readonly string[] };
  readonly urgent?: boolean;
  readonly hinted?: boolean;
}

export interface SyncRequest {
  readonly cycleId: string;
  readonly name: string;
  readonly entity: string;
  readonly sweep: boolean;
  readonly acceptArchive: boolean;
  readonly urgent?: boolean;
  /** A hint started it: the run is recorded only when it changed something. */
  readonly hinted?: boolean;
}

export interface PagesRequest extends SyncRequest {
  readonly pageIds: readonly string[];
}

export interface PreviewRequest extends SyncRequest {
  readonly kind: SyncKind;
  readonly direction: Direction;
  /** In the cycle, the entity's inbound sync runs before this one. */
  readonly isInboundFirst: boolean;
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
  /** Why it failed or was skipped, or the first issue: one line. */
  readonly message?: string;
}

export interface CycleResult {
  readonly cycleId: string;
  readonly ok: boolean;
  readonly summary: string;
  readonly syncs: readonly SyncOutcome[];
}

/** One line of live progress: a sync that waits, runs, or has ended with an outcome. */
export interface SyncProgress {
  readonly name: string;
  readonly state: 'waiting' | 'running' | SyncStatus;
  readonly outcome?: SyncOutcome;
}

/**
 * A change of one entity between two cycles: rows edited in SQL, these pages edited in Notion, or something on the
 * remote side that only a listing shows.
 */
export type Hint =
  | { readonly kind: 'edited' }
  | { readonly kind: 'pages'; readonly pageIds: readonly string[] }
  | { readonly kind: 'changed' };

/** Hints that arrived together, deduplicated. */
export interface HintBatch {
  readonly edited: boolean;
  readonly changed: boolean;
  readonly pageIds: readonly string[];
}

export interface HintRequest {
  readonly entity: string;
  /** Left by the run that continued as new. */
  readonly noticed?: HintBatch;
  /** Requests that the previous runs made. */
  readonly spent?: number;
}

export interface HintPlan {
  /** The entity's own inbound sync. */
  readonly inbound: PlannedSync;
  /** The entity's outbound sync, after those of linked entities that have pending edits. */
  readonly outbound: readonly PlannedSync[];
  /** Entities with links that may have waited for a record of this one. */
  readonly linkers: readonly string[];
  /** Requests until hints of this entity are slowed down. */
  readonly burst: number;
  /** The schedule is paused: the first cycle after that finds the changes. */
  readonly isPaused?: boolean;
}

/** Of a cycle that changed something or failed, for the filters of the Web UI. */
export const SEARCH_ATTRIBUTES = { outcome: 'LockstepOutcome', entities: 'LockstepEntities' } as const;
export const HINT_SIGNAL = 'hint';
export const PROGRESS_QUERY = 'progress';
/** The cycle lock's workflow type, as histories have it. */
export const CYCLE_LOCK = 'cycleTurn';
/** No cycle runs longer, so no lock is held longer. */
export const CYCLE_LOCK_TIMEOUT_MS = 6 * 3_600_000;
/** The failure type of a wrong input. */
export const BAD_REQUEST = 'bad_request';
export const CYCLE_FAILED = 'CycleFailed';
export const SYNCS_FAILED = 'SyncsFailed';
