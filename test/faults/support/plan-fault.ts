import type { FaultRule } from 'notion-emulator';
import type { Stack } from '../../support/stack.ts';

export interface PlannedFault {
  /** How often it happened. */
  fired(): number;
  end(): void;
}

/** Lets requests fail, at Notion's side. @param rule which, and how often: once unless it says so */
export function planFault(
  { notion }: Stack,
  fault: FaultRule['then'],
  rule: Omit<FaultRule, 'then'> = {},
): PlannedFault {
  // biome-ignore lint/suspicious/noThenProperty: a fault rule reads «match …, then …», and is never awaited
  const id = notion.faults.add({ ...rule, then: fault });
  return {
    fired: () => notion.faults.list().find((planned) => planned.id === id)?.fired ?? 0,
    end: () => notion.faults.clear(id),
  };
}
