/** `inbound`: a page in the trash archives its row. `outbound`: an archived row archives its page. */
export type ArchiveDirection = 'inbound' | 'outbound';

/** What the archive brake knows about an entity. */
export interface BrakeState {
  /** How many records are live on at least one side. */
  readonly live: number;
  /** Records that may be archived: those that the brake let pass recently, and those with an approval. */
  readonly passed: readonly { readonly recordId: string; readonly approved: boolean }[];
  /** Records that wait for an approval. */
  readonly held: readonly { readonly recordId: string; readonly direction: ArchiveDirection }[];
}

/** What the archive brake stores about one entity. There is one open approval in each direction. */
export interface BrakeStore {
  /** @param since records that passed earlier count no more, unless they have an approval that was not used */
  readBrake(since: Date): Promise<BrakeState>;
  passArchives(recordIds: readonly string[], at: Date, approved: boolean): Promise<void>;
  /** Adds records to the open approval, or opens one. */
  holdArchives(direction: ArchiveDirection, recordIds: readonly string[], reason: string): Promise<void>;
  /** Takes records out of the open approval. */
  releaseArchives(direction: ArchiveDirection, recordIds: readonly string[]): Promise<void>;
  /** Closes the open approval; its records pass. Those of `inbound` are queued to be read again. */
  closeApproval(direction: ArchiveDirection, outcome: 'accepted' | 'lapsed', at: Date): Promise<void>;
}
