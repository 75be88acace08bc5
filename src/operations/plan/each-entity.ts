import type { Entity } from '../../entities/define.ts';
import { LockstepError } from '../../errors.ts';

/** How work on several entities reports. */
export interface EntitySteps {
  readonly signal: AbortSignal;
  /** One line about what could not be done. */
  readonly onProblem: (message: string) => void;
  /** Called before each entity. */
  readonly onEntity?: (entity: Entity, index: number) => void;
}

/** Works on one entity after another. A failed entity does not stop the others. */
export async function eachEntity<T>(
  chosen: readonly Entity[],
  { signal, onProblem, onEntity }: EntitySteps,
  work: (entity: Entity) => Promise<readonly T[]>,
): Promise<{ readonly found: readonly T[]; readonly failed: boolean }> {
  const found: T[] = [];
  let failed = false;
  for (const [index, entity] of chosen.entries()) {
    try {
      onEntity?.(entity, index);
      found.push(...(await work(entity)));
    } catch (error) {
      if (!(error instanceof LockstepError) || signal.aborted) throw error;
      failed = true;
      onProblem(error.message);
    }
  }
  return { found, failed };
}
