import type { DoctorContext } from './context.ts';

/** Something that the doctor sees. */
export interface Finding {
  /** Short and stable, e.g. `property_missing`. */
  readonly code: string;
  /** `info`: good to know, nothing to mend. */
  readonly severity: 'problem' | 'info';
  /** What it is about: `notion`, an entity, or an entity and its property, as in `tasks/Priority`. */
  readonly subject: string;
  readonly what: string;
  /** Why it matters. */
  readonly why: string;
  /** The command, or the thing to do. */
  readonly mend: string;
  /** Mends it, by adding something; gives back what it did. @throws LockstepError */
  readonly fix?: () => Promise<string>;
}

/** One subject that the doctor looks at. It writes nothing; what it finds may know how to. */
export type Check = (context: DoctorContext) => Promise<readonly Finding[]>;

export const FIX = 'lockstep doctor --fix';

export const info = (finding: Pick<Finding, 'code' | 'subject' | 'what'>): Finding => ({
  ...finding,
  severity: 'info',
  why: 'good to know',
  mend: 'nothing to do',
});
