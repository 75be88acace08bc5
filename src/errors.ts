/**
 * Errors by how they are to be handled. Every message is one line that says
 * what is wrong and what to do next; none ever holds a token.
 */
export abstract class LockstepError extends Error {
  /** Short and stable, e.g. `property_missing`; stands in `sync_run_history.errors`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Trying again cannot help until somebody changes something. */
export class FinalError extends LockstepError {}

/** Trying again may help. */
export class RetryableError extends LockstepError {
  /** How long the service asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(code, message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** A write whose answer was lost: it may have happened, or not. Look before writing again. */
export class AmbiguousWriteError extends RetryableError {
  /** The page that Notion says it did make. */
  readonly committedId: string | undefined;

  constructor(message: string, options?: ErrorOptions & { committedId?: string }) {
    super('ambiguous_write', message, options);
    this.committedId = options?.committedId;
  }
}

/** One record cannot be synced; the others go on. */
export class RecordError extends LockstepError {}

/** A wrong environment variable; the process exits 78 (EX_CONFIG). */
export class ConfigurationError extends LockstepError {
  constructor(message: string) {
    super('configuration', message);
  }
}
