import { invalid, notFound } from './api-error.ts';
import { hostedUrl } from './blocks/model.ts';
import type { FileUpload } from './model.ts';
import type { Store } from './store.ts';

/** The address of an uploaded file. @throws NotionError when there is none, or its content was not sent yet */
export function attachUpload(store: Store, id: string): string {
  const upload = store.uploads.get(id);
  if (!upload) throw notFound('file_upload', id);
  if (statusOf(upload, store.clock.now()) !== 'uploaded') {
    throw invalid(`File upload ${id} is not ready to attach: its status is ${statusOf(upload, store.clock.now())}.`);
  }
  if (!upload.attached) store.commit({ table: 'upload', row: { ...upload, attached: true } });
  return hostedUrl(id, upload.filename ?? 'file');
}

/** An upload that was not attached within an hour expires. */
export const statusOf = ({ status, attached, expiresAt }: FileUpload, now: number): FileUpload['status'] =>
  !attached && now > expiresAt ? 'expired' : status;
