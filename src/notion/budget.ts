/** How many requests may be sent, and when; one for the whole deployment. */
export interface RequestBudget {
  /** Waits until a request may be sent, and counts it as sent. @throws the signal's reason when aborted */
  take(signal?: AbortSignal): Promise<void>;
  /** Nobody sends anything for this long, in milliseconds. */
  pause(ms: number): Promise<void>;
}
