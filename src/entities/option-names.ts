/** Whether a person would take two names for one. To Notion, options that differ only in case are two options. */
export const isSpelledAlike = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** The option of this name; if there is none, one that differs only in case. */
export const closestOption = (names: readonly string[], wanted: string): string | undefined =>
  names.find((name) => name === wanted) ?? names.find((name) => isSpelledAlike(name, wanted));
