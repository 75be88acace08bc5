import type { CheckedWorkflow } from '../cycle/inputs.ts';
import { checkInputs } from '../cycle/inputs.ts';
import { toFailure } from './activity-attempt.ts';

/** Refuses a wrong input of a workflow before it does anything. @throws ApplicationFailure `bad_request` */
export async function checkInput(workflow: CheckedWorkflow, inputs: readonly unknown[]): Promise<void> {
  try {
    checkInputs(workflow, inputs);
  } catch (error) {
    throw toFailure(error, true);
  }
}
