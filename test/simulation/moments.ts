import type { EventResource } from 'google-emulator';
import { instantOfLocal } from '../../src/shared/zoned-time.ts';
import type { Fields } from '../../src/sync/types.ts';

/** Every time of day is taken once, so that it tells which act it comes from. */
const FIRST_HOUR = 10;
const MAX_MINUTES = 12 * 60;

/** When tasks are due and events start, as users set it, as long as no user has set another time there. None may be lost. */
export class Moments {
  readonly #zone: string;
  readonly #standing = new Set<number>();
  #count = 0;

  /** @param zone the time zone of due dates */
  constructor(zone: string) {
    this.#zone = zone;
  }

  /** A time of day that no act has used before. */
  time(): string {
    const minute = this.#count % MAX_MINUTES;
    this.#count += 1;
    const parts = [FIRST_HOUR + Math.floor(minute / 60), minute % 60, 0];
    return parts.map((part) => String(part).padStart(2, '0')).join(':');
  }

  /** A user replaces what one side shows of a task or an event. */
  replace(before: Fields | EventResource | null, after: Fields | EventResource | null): void {
    const [old, set] = [before, after].map((shown) => (shown ? this.in(shown) : []));
    if (String(old) === String(set)) return;
    for (const moment of old ?? []) this.#standing.delete(moment);
    for (const moment of set ?? []) this.#standing.add(moment);
  }

  /** The moments of a task, of an event's row or of an event; none for a whole day. */
  in(shown: Fields | EventResource): number[] {
    const { due_date: due, start_time: start, all_day: allDay } = shown as Fields;
    if (typeof due === 'string') return due.includes('T') ? [instantOfLocal(due, this.#zone)] : [];
    if (typeof start === 'string') return allDay === true ? [] : [Date.parse(start)];
    const at = (shown as Partial<EventResource>).start;
    if (!at || !('dateTime' in at)) return [];
    const { dateTime, timeZone = this.#zone } = at;
    return [/Z|[+-]\d\d:\d\d$/.test(dateTime) ? Date.parse(dateTime) : instantOfLocal(dateTime, timeZone)];
  }

  /** The moments of users that nothing of this shows. */
  missingIn(shown: Iterable<Fields | EventResource>): readonly number[] {
    const seen = new Set<number>();
    for (const one of shown) for (const moment of this.in(one)) seen.add(moment);
    return [...this.#standing].filter((moment) => !seen.has(moment));
  }
}
