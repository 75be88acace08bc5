/** Of all sources, in hexadecimal digits. */
export function fingerprint(): string;
