/** Whether two names mean the same option: Notion ignores case, and has no two options that differ only in case. */
export const isSameOption = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
