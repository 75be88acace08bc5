import { ApplicationFailure } from '@temporalio/activity';
import { z } from 'zod';
import type { SyncOutcome } from '../cycle/messages.ts';

const request = z
  .object({
    cycleId: z.string(),
    name: z.string(),
    entity: z.string(),
    hinted: z.boolean(),
  })
  .partial();

/** What an activity works on, taken from its argument; complete if the activity is a sync. */
export interface Subject {
  readonly cycleId?: string | undefined;
  readonly sync?: string | undefined;
  readonly entity?: string | undefined;
  readonly isHinted: boolean;
}

export function subjectOf([argument]: readonly unknown[]): Subject {
  const { cycleId, name: sync, entity, hinted } = request.safeParse(argument).data ?? {};
  return { cycleId, sync, entity, isHinted: hinted ?? false };
}

/** The outcomes in the result or the failure of an activity. */
export function outcomesIn(ending: unknown): readonly SyncOutcome[] {
  if (ending instanceof ApplicationFailure) return (ending.details ?? []).filter(isOutcome);
  return (Array.isArray(ending) ? ending : [ending]).filter(isOutcome);
}

const isOutcome = (value: unknown): value is SyncOutcome =>
  typeof value === 'object' && value !== null && 'status' in value && 'direction' in value && 'requests' in value;

/** Whether anything came of it; what was only looked at does not count. */
export const didNothing = ({ status, created, updated, archived, conflicts, adopted, issues }: SyncOutcome): boolean =>
  status === 'ok' && created + updated + archived + conflicts + adopted + issues === 0;
