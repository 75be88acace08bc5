import type { FaultRule } from 'notion-emulator';
import type { Stack } from '../../support/stack.ts';

export interface PlannedFault {
  /** How often it occurred. */
  fired(): number;
  end(): void;
}

/** Makes requests to Notion fail. @param rule which requests, and how often; default: once */
export function planFault(
  { notion }: Stack,
  fault: FaultRule['then'],
  rule: Omit<FaultRule, 'then'> = {},
): PlannedFault {
  // biome-ignore lint/suspicious/noThenProperty: the `then` of a fault rule is never awaited
  const id = notion.faults.add({ ...rule, then: fault });
  return {
    fired: () => notion.faults.list().find((planned) => planned.id === id)?.fired ?? 0,
    end: () => notion.faults.clear(id),
  };
}
