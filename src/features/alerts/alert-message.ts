import { formatAgo } from '../../operations/status/format-status.ts';

/** One direction of an entity without a recent success. */
export interface StaleDirection {
  readonly entity: string;
  readonly direction: 'inbound' | 'outbound';
  /** The last success; null if there was none. */
  readonly freshAt: Date | null;
  /** The error of the last run; null if it did not fail. */
  readonly why: string | null;
}

/** The content of one alert. */
export interface AlertContent {
  readonly stale: readonly StaleDirection[];
  /** Directions that were stale and no longer are. */
  readonly recovered: readonly Pick<StaleDirection, 'entity' | 'direction'>[];
}

export interface Message {
  readonly subject: string;
  readonly text: string;
}

const DIRECTIONS = { inbound: 'to SQL', outbound: 'from SQL' } as const;

/** Such as `tasks to SQL`. */
export const directionName = ({ entity, direction }: Pick<StaleDirection, 'entity' | 'direction'>): string =>
  `${entity} ${DIRECTIONS[direction]}`;

export function buildMessage({ stale, recovered }: AlertContent, now: Date): Message {
  const subject =
    stale.length > 0
      ? `Lockstep: stale: ${stale.map(directionName).join(', ')}`
      : `Lockstep: recovered: ${recovered.map(directionName).join(', ')}`;
  const lines = [
    ...stale.map((one) => {
      const since = one.freshAt ? `last success ${formatAgo(one.freshAt, now)}` : 'never succeeded';
      return `✗ ${directionName(one)}: ${since}: ${one.why ?? 'it has not run recently; check that a worker is running'}`;
    }),
    ...recovered.map((one) => `✓ ${directionName(one)}: recovered`),
  ];
  const next = stale.length > 0 ? ['', 'See lockstep status for details, and lockstep doctor for fixes.'] : [];
  return { subject, text: [...lines, ...next].join('\n') };
}
