/** Without what PostgreSQL cannot store: a zero byte is left out, and half a surrogate pair is replaced. */
export const toStorableText = (text: string): string => text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\uFFFD');
