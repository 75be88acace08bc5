/**
 * Errors are classified by how they are handled. A message is one line that says what is wrong and what to do next,
 * and never contains a token.
 */
export abstract class LockstepError extends Error {
  /** Short and stable, e.g. `property_missing`; stored in `sync_run_history.errors`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A retry cannot succeed until something is changed. */
export class FinalError extends LockstepError {}

/** A retry may succeed. */
export class RetryableError extends LockstepError {
  /** How long the service asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(code, message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** A write without a response: it may or may not have happened. Read before writing again. */
export class AmbiguousWriteError extends RetryableError {
  /** The page that Notion reports as created. */
  readonly committedId: string | undefined;

  constructor(message: string, options?: ErrorOptions & { committedId?: string }) {
    super('ambiguous_write', message, options);
    this.committedId = options?.committedId;
  }
}

/** One record cannot be synced; the others continue. */
export class RecordError extends LockstepError {}

/** A wrong setting; the process exits 78 (EX_CONFIG). */
export class ConfigurationError extends LockstepError {
  constructor(message: string) {
    super('configuration', message);
  }
}
