import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';

/** The URL of an uploaded file with a signature, and when the signature expires. */
export interface SignedFile {
  readonly url: string;
  readonly expiry_time: string;
}

export type Signer = (url: string) => SignedFile;

const VALID_MS = 3_600_000;

/** Signs the URLs of uploaded files for one read. Each read has another signature, as with Notion. */
export function signing({ clock }: { readonly clock: Clock }): Signer {
  const signature = randomUUID().replaceAll('-', '');
  const date = new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=${date}&X-Amz-Expires=3600&X-Amz-Signature=${signature}`;
  const expiry_time = new Date(clock.now() + VALID_MS).toISOString();
  return (url) => ({ url: `${url}?${query}`, expiry_time });
}

/** A file that Notion keeps, as answers show it. */
export const uploadedFile = (url: string, signed: Signer) => ({ type: 'file', file: signed(url) }) as const;
