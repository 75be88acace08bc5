/** A hash of the sources, in hexadecimal digits. */
export function fingerprint(): string;
