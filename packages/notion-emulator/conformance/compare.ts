/** Keys whose values are named by the workspace, not by the API. */
const FREE = new Set(['properties', 'option_ids']);
/** Every answer has its own. */
const IGNORED = new Set(['request_id']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * How the shape of an answer differs from the recorded one: keys that are missing or extra, and values of
 * another type. Values that are null or empty on one side are not compared.
 */
export function differences(recorded: unknown, answered: unknown, path = ''): string[] {
  if (recorded === null || answered === null) return [];
  if (Array.isArray(recorded) && Array.isArray(answered)) {
    return recorded.slice(0, answered.length).flatMap((each, index) => {
      const other: unknown = answered[index];
      const sameKind =
        isObject(each) && isObject(other) ? each.type === other.type && each.object === other.object : true;
      return sameKind ? differences(each, other, `${path}[]`) : [];
    });
  }
  if (isObject(recorded) && isObject(answered)) return differencesOfObjects(recorded, answered, path);
  const [expected, actual] = [typeOf(recorded), typeOf(answered)];
  return expected === actual ? [] : [`${path}: ${actual} instead of ${expected}`];
}

function differencesOfObjects(
  recorded: Record<string, unknown>,
  answered: Record<string, unknown>,
  path: string,
): string[] {
  const isFree = FREE.has(path.split('.').at(-1) ?? '');
  const keys = [...new Set([...Object.keys(recorded), ...Object.keys(answered)])].filter((key) => !IGNORED.has(key));
  return keys.flatMap((key) => {
    const below = isFree ? `${path}.*` : path === '' ? key : `${path}.${key}`;
    if (!(key in answered)) return isFree ? [] : [`${below}: missing`];
    if (!(key in recorded)) return isFree ? [] : [`${below}: extra`];
    return differences(recorded[key], answered[key], below);
  });
}

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);
