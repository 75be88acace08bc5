/**
 * What a `Retry-After` header asks for, in milliseconds: integer seconds, or an HTTP date.
 * @param otherwise where it says neither
 */
export function retryAfterMs(text: string | null, otherwise: number): number {
  const seconds = Number(text);
  if (text && Number.isFinite(seconds)) return seconds * 1_000;
  const date = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? otherwise : Math.max(0, date - Date.now());
}
