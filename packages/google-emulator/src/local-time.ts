const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError if there is no such time zone */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  formats.set(zone, format);
  return format;
}

/** The offset of `zone` from UTC in milliseconds; positive east of Greenwich. */
function offsetAt(instant: number, zone: string): number {
  const name =
    formatOf(zone)
      .formatToParts(instant)
      .find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes, seconds] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name) ?? [];
  if (!sign) return 0;
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0)) * 1000;
  return sign === '-' ? -size : size;
}

const DAY_MS = 86_400_000;

/** The instant of a local time such as `2026-03-01T14:30:00`. A repeated time is its first occurrence; a skipped time moves later. */
export function instantOfLocal(local: string, zone: string): number {
  const wall = Date.parse(`${local}Z`);
  const before = wall - offsetAt(wall - DAY_MS, zone);
  if (before + offsetAt(before, zone) === wall) return before;
  const after = wall - offsetAt(wall + DAY_MS, zone);
  return after + offsetAt(after, zone) === wall ? after : before;
}

/** The local time with its offset, such as `2026-03-01T14:30:00-08:00`. */
export function formatIn(zone: string, instant: number): string {
  const offset = offsetAt(instant, zone);
  const wall = new Date(instant + offset).toISOString().slice(0, 19);
  if (offset === 0) return `${wall}Z`;
  const minutes = Math.abs(offset) / 60_000;
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  return `${wall}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

export function isTimeZone(zone: string): boolean {
  try {
    return Boolean(formatOf(zone));
  } catch {
    return false;
  }
}
