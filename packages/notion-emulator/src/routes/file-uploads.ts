import { invalid, notFound, notSupported } from '../api-error.ts';
import { choice, finite, object, refuse, text } from '../expect.ts';
import { toMinute } from '../ids.ts';
import type { FileUpload } from '../model.ts';
import { paginatedById } from '../pagination.ts';
import type { ApiRequest, Route } from '../router.ts';
import { statusOf } from '../uploads.ts';
import { type Backend, idIn } from './shared.ts';

const VALID_MS = 3_600_000;
const STATUSES = ['pending', 'uploaded', 'expired', 'failed'] as const;
const MODES = ['single_part', 'multi_part', 'external_url'] as const;
const MAX_PART_BYTES = 20 * 1024 * 1024;

export const fileUploadRoutes = (backend: Backend): Route[] => [
  {
    kind: 'file_uploads',
    method: 'POST',
    path: 'file_uploads',
    needs: 'insert',
    writes: true,
    handle: (request) => create(backend, request),
  },
  {
    kind: 'file_uploads',
    method: 'GET',
    path: 'file_uploads',
    needs: 'read',
    queryKeys: ['status', 'start_cursor', 'page_size'],
    handle: (request) => list(backend, request),
  },
  {
    kind: 'file_uploads',
    method: 'GET',
    path: 'file_uploads/:file_upload_id',
    needs: 'read',
    handle: (request) => render(uploadIn(backend, request), backend.store.clock.now()),
  },
  {
    kind: 'file_uploads',
    method: 'POST',
    path: 'file_uploads/:file_upload_id/send',
    needs: 'insert',
    writes: true,
    maxBytes: MAX_PART_BYTES + 100_000,
    handle: (request) => send(backend, request),
  },
  {
    kind: 'file_uploads',
    method: 'POST',
    path: 'file_uploads/:file_upload_id/complete',
    needs: 'insert',
    writes: true,
    handle: (request) => complete(backend, request),
  },
];

function create(backend: Backend, request: ApiRequest) {
  const { store, newId } = backend;
  const keys = ['mode', 'filename', 'content_type', 'number_of_parts', 'external_url'];
  const body = object(request.body, 'body', keys);
  const mode = body.mode === undefined ? 'single_part' : choice(body.mode, 'body.mode', MODES);
  const nameNeeded = mode !== 'single_part';
  const filename =
    body.filename === undefined && !nameNeeded ? null : text(body.filename, 'body.filename', { min: 1, max: 900 });
  if (mode === 'external_url') text(body.external_url, 'body.external_url', { min: 1, max: 2000 });
  const total = mode === 'multi_part' ? finite(body.number_of_parts, 'body.number_of_parts') : 1;
  const now = store.clock.now();
  const upload: FileUpload = {
    id: newId(),
    filename,
    contentType: body.content_type === undefined ? null : text(body.content_type, 'body.content_type', { min: 1 }),
    contentLength: null,
    mode,
    parts: { total, sent: 0 },
    // An external file is not fetched: it counts as imported at once.
    status: mode === 'external_url' ? 'uploaded' : 'pending',
    attached: false,
    createdAt: now,
    editedAt: now,
    expiresAt: now + VALID_MS,
    createdBy: request.integration.botId,
  };
  return keep(backend, upload);
}

function send(backend: Backend, request: ApiRequest) {
  const upload = uploadIn(backend, request);
  if (statusOf(upload, backend.store.clock.now()) !== 'pending') throw invalid('The file upload is not pending.');
  const file = request.form?.get('file');
  if (file === null || file === undefined || typeof file === 'string') throw refuse('body.file', 'defined', undefined);
  if (file.size > MAX_PART_BYTES)
    throw invalid(`body failed validation: the file is larger than ${MAX_PART_BYTES} bytes.`);
  const type = upload.contentType ?? file.type;
  if (upload.contentType !== null && file.type !== '' && baseType(file.type) !== baseType(upload.contentType)) {
    throw invalid(
      `The content type of the uploaded file part (${file.type}) does not match the expected content type of the file upload (${upload.contentType}).`,
    );
  }
  const part = request.form?.get('part_number');
  if (upload.mode === 'multi_part' && typeof part !== 'string') throw refuse('body.part_number', 'defined', undefined);
  const sent = upload.parts.sent + 1;
  return keep(backend, {
    ...upload,
    filename: upload.filename ?? file.name,
    contentType: type,
    contentLength: (upload.contentLength ?? 0) + file.size,
    parts: { ...upload.parts, sent },
    status: upload.mode === 'single_part' ? 'uploaded' : 'pending',
  });
}

const baseType = (type: string): string => type.split(';', 1)[0]?.trim().toLowerCase() ?? '';

function complete(backend: Backend, request: ApiRequest) {
  const upload = uploadIn(backend, request);
  if (upload.mode !== 'multi_part') throw invalid('Only an upload in several parts is completed.');
  if (upload.parts.sent !== upload.parts.total) {
    throw invalid(`Only ${upload.parts.sent} of ${upload.parts.total} parts were sent.`);
  }
  return keep(backend, { ...upload, status: 'uploaded' });
}

/** Newest first. A cursor is the id of the first upload to return. */
function list({ store, settings }: Backend, { query }: ApiRequest) {
  const now = store.clock.now();
  const status = query.get('status');
  if (status !== null) choice(status, 'query.status', STATUSES);
  const all = [...store.uploads.values()]
    .reverse()
    .filter((upload) => status === null || statusOf(upload, now) === status);
  const { results, ...more } = paginatedById(all, query, settings());
  const shown = results.map((upload) => render(upload, now));
  return { object: 'list', results: shown, ...more, type: 'file_upload', file_upload: {} };
}

function uploadIn({ store }: Backend, request: ApiRequest): FileUpload {
  const id = idIn(request, 'file_upload_id');
  const upload = store.uploads.get(id);
  if (!upload) throw notFound('file_upload', id);
  return upload;
}

function keep({ store }: Backend, upload: FileUpload) {
  if (upload.mode === 'multi_part' && upload.parts.total > 1000) throw notSupported('more than 1,000 parts');
  store.commit({ table: 'upload', row: { ...upload, editedAt: store.clock.now() } });
  return render(upload, store.clock.now());
}

function render(upload: FileUpload, now: number) {
  const status = statusOf(upload, now);
  const url = `https://api.notion.com/v1/file_uploads/${upload.id}`;
  return {
    object: 'file_upload',
    id: upload.id,
    created_time: toMinute(upload.createdAt),
    created_by: { id: upload.createdBy, type: 'bot' },
    last_edited_time: toMinute(upload.editedAt),
    expiry_time: upload.attached ? null : toMinute(upload.expiresAt),
    ...(status === 'pending' ? { upload_url: `${url}/send` } : {}),
    ...(status === 'pending' && upload.mode === 'multi_part' ? { complete_url: `${url}/complete` } : {}),
    in_trash: false,
    status,
    filename: upload.filename,
    content_type: upload.contentType,
    content_length: upload.contentLength,
    ...(upload.mode === 'multi_part' ? { number_of_parts: upload.parts } : {}),
    archived: false,
  };
}
