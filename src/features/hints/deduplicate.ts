import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Reduces many calls for a key to few: the first acts at once, and all that follow
 * while it runs, or within `spacingMs` after it, become one more.
 * @param act never throws
 */
export function deduplicate(act: (key: string) => Promise<void>, spacingMs: number): (key: string) => void {
  /** Whether a key in progress was called again. */
  const again = new Map<string, boolean>();
  const run = async (key: string): Promise<void> => {
    do {
      again.set(key, false);
      await act(key);
      await sleep(spacingMs, undefined, { ref: false });
    } while (again.get(key));
    again.delete(key);
  };
  return (key) => {
    if (again.has(key)) again.set(key, true);
    else void run(key);
  };
}
