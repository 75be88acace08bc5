import type { Direction } from './workflows/types.ts';

/** The contract's name of a sync, e.g. `system-fixes-notion-to-sql`. */
export const syncName = (entity: string, direction: Direction): string =>
  `${entity.replaceAll('_', '-')}-${direction === 'inbound' ? 'notion-to-sql' : 'sql-to-notion'}`;
