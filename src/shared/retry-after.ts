/**
 * Parses a `Retry-After` header (seconds or an HTTP date). @returns milliseconds
 * @param otherwise the result when the header is neither
 */
export function retryAfterMs(text: string | null, otherwise: number): number {
  const seconds = Number(text);
  if (text && Number.isFinite(seconds)) return seconds * 1_000;
  const date = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? otherwise : Math.max(0, date - Date.now());
}
