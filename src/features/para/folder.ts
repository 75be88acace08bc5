/** What the PARA reader and the planner say to each other. */

export type ParaType = 'Area' | 'Resource';

/** One folder that stands for a tag. */
export interface ParaFolder {
  /** The id in its `.lockstep` file, else `inode:<device>:<inode>:<birth>`; it survives a rename. */
  readonly identity: string;
  /** In Unicode's composed form (NFC), whatever the file system holds. */
  readonly name: string;
  readonly type: ParaType;
  /** The area that a resource lies in. */
  readonly parentIdentity: string | null;
  readonly path: string;
}

/** Something to tell the owner; it stops nothing. */
export interface ParaIssue {
  readonly kind: 'duplicate' | 'marker' | 'name' | 'layout';
  readonly path: string;
  readonly message: string;
}

export type ParaReading =
  | { readonly kind: 'missing'; readonly message: string }
  | { readonly kind: 'read'; readonly folders: readonly ParaFolder[]; readonly issues: readonly ParaIssue[] };

/** Names are one if this is equal; upper case in between folds what lower case alone tells apart («ß» and «ss», «ς» and «σ»). */
export const normalName = (name: string): string =>
  name.normalize('NFC').trim().toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
