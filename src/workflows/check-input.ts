import { ActivityFailure, ApplicationFailure, patched, workflowInfo } from '@temporalio/workflow';
import { BAD_REQUEST } from '../cycle/messages.ts';
import { planning } from './activity-proxies.ts';

/** A wrong input is the failure of the workflow itself, so that its first line says what is wrong. */
export async function refusable<T>(firstActivity: Promise<T>): Promise<T> {
  try {
    return await firstActivity;
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    throw cause instanceof ApplicationFailure && cause.type === BAD_REQUEST ? cause : error;
  }
}

/** Checks the input of a phase that somebody has started by hand. Those of a cycle need no check. */
export async function checkPhaseInput(
  phase: 'inboundSync' | 'outboundSync' | 'taskTrigger',
  inputs: readonly unknown[],
): Promise<void> {
  const { workflowType, parent } = workflowInfo();
  if (parent || workflowType !== phase || !patched('checked-input')) return;
  await refusable(planning.checkInput(phase, inputs));
}
