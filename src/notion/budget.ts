/** Who asks for a request. */
export interface Asker {
  /** Entities that wait share what there is, however much each of them has to do. */
  readonly entity: string;
  /** Somebody waits for it (a manual sync, a hint): goes ahead of what runs by itself. */
  readonly urgent: boolean;
}

/** How many requests may be sent, and when; one for the whole deployment. */
export interface RequestBudget {
  /** Waits until a request may be sent, and counts it as sent. @throws the signal's reason when aborted */
  take(asker: Asker, signal?: AbortSignal): Promise<void>;
  /** Nobody sends anything for this long, in milliseconds. */
  pause(ms: number): Promise<void>;
}
