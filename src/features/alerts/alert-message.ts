import { ago } from '../../operations/status/format-status.ts';

/** One direction of an entity that has not gone well for long. */
export interface Stale {
  readonly entity: string;
  readonly direction: 'inbound' | 'outbound';
  /** When it last went well; null: never. */
  readonly freshAt: Date | null;
  /** Why, in words; null where it simply did not run. */
  readonly why: string | null;
}

/** What somebody is told at once. */
export interface News {
  readonly stale: readonly Stale[];
  /** What was stale, and is not any more. */
  readonly recovered: readonly Pick<Stale, 'entity' | 'direction'>[];
}

export interface Message {
  readonly subject: string;
  readonly text: string;
}

const WAY = { inbound: 'to SQL', outbound: 'from SQL' } as const;

/** «tasks to SQL» */
export const nameOf = ({ entity, direction }: Pick<Stale, 'entity' | 'direction'>): string =>
  `${entity} ${WAY[direction]}`;

export function messageOf({ stale, recovered }: News, now: Date): Message {
  const subject =
    stale.length > 0
      ? `Lockstep: stale: ${stale.map(nameOf).join(', ')}`
      : `Lockstep: fresh again: ${recovered.map(nameOf).join(', ')}`;
  const lines = [
    ...stale.map((one) => {
      const since = one.freshAt ? `last good ${ago(one.freshAt, now)}` : 'never good';
      return `✗ ${nameOf(one)}: ${since}: ${one.why ?? 'it has not run lately; is a worker running?'}`;
    }),
    ...recovered.map((one) => `✓ ${nameOf(one)}: fresh again`),
  ];
  const next = stale.length > 0 ? ['', 'lockstep status says more, and lockstep doctor what mends it.'] : [];
  return { subject, text: [...lines, ...next].join('\n') };
}
