export type ParaType = 'Area' | 'Resource';

/** A folder that corresponds to a tag. */
export interface ParaFolder {
  /** The id in its `.lockstep` file, or else `inode:<device>:<inode>:<birth>`. A rename does not change it. */
  readonly identity: string;
  /** In Unicode's composed form (NFC), whatever form the file system uses. */
  readonly name: string;
  readonly type: ParaType;
  /** The area that contains the resource. */
  readonly parentIdentity: string | null;
  readonly path: string;
}

/** A warning for the owner. */
export interface ParaIssue {
  readonly kind: 'duplicate' | 'marker' | 'name' | 'layout';
  readonly path: string;
  readonly message: string;
}

export type ParaReading =
  | { readonly kind: 'missing'; readonly message: string }
  | { readonly kind: 'read'; readonly folders: readonly ParaFolder[]; readonly issues: readonly ParaIssue[] };

/** Equal for names that count as the same. The upper case in between unifies "ß" and "ss", "ς" and "σ". */
export const normalName = (name: string): string =>
  name.normalize('NFC').trim().toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
