/** Who wants to send a request. */
export interface Asker {
  /** Waiting entities share the budget equally, whatever the amount of their work. */
  readonly entity: string;
  /** Somebody waits for the result (a manual sync, a hint): takes precedence over scheduled work. */
  readonly urgent: boolean;
  /** How many requests, sent one after the other; 1 if unset. */
  readonly requests?: number;
}

/** Limits how many requests are sent; one budget for the whole deployment. */
export interface RequestBudget {
  /**
   * Waits until the requests may be sent, and counts them as sent.
   * @param onWait called again and again while it waits
   * @throws the signal's reason when aborted
   */
  take(asker: Asker, signal?: AbortSignal, onWait?: () => void): Promise<void>;
  /** Stops all requests for this long, in milliseconds. */
  pause(ms: number): Promise<void>;
}
