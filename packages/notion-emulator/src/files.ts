import { invalid, notSupported } from './api-error.ts';
import { unsigned } from './blocks/model.ts';
import { choice, object, refuse, text, uuid } from './expect.ts';
import type { Icon } from './model.ts';

/** What requests can name beside external links. */
export interface FileRules {
  /** The address of an uploaded file. @throws NotionError when it cannot be attached */
  uploadedFile(id: string): string;
}

export interface AcceptedFile {
  readonly url: string;
  readonly hosted: boolean;
}

/** Reads `{ external }`, `{ file }` or `{ file_upload }`. */
export function acceptFile(value: unknown, path: string, rules: FileRules): AcceptedFile {
  const body = object(value, path, ['type', 'external', 'file', 'file_upload']);
  const kinds = (['external', 'file', 'file_upload'] as const).filter((kind) => body[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) throw refuse(`${path}.external`, 'defined', body.external);
  if (body.type !== undefined) choice(body.type, `${path}.type`, [kind]);
  if (kind === 'external') {
    const { url } = object(body.external, `${path}.external`, ['url']);
    return { url: acceptUrl(url, `${path}.external.url`), hosted: false };
  }
  if (kind === 'file_upload') {
    const { id } = object(body.file_upload, `${path}.file_upload`, ['id']);
    return { url: rules.uploadedFile(uuid(id, `${path}.file_upload.id`)), hosted: true };
  }
  const { url } = object(body.file, `${path}.file`, ['url', 'expiry_time']);
  const kept = unsigned(text(url, `${path}.file.url`));
  if (kept === null) throw invalid(`${path}.file.url is not the address of a file in Notion.`);
  return { url: kept, hosted: true };
}

export function acceptIcon(value: unknown, path: string, rules: FileRules): Icon {
  if (value === null) return null;
  const icon = object(value, path);
  if (icon.emoji !== undefined) {
    object(value, path, ['type', 'emoji']);
    return { emoji: text(icon.emoji, `${path}.emoji`, { min: 1 }) };
  }
  if (icon.custom_emoji !== undefined || icon.icon !== undefined) {
    throw notSupported(`an icon of type ${icon.icon === undefined ? 'custom_emoji' : 'icon'}`);
  }
  const { url, hosted } = acceptFile(value, path, rules);
  return hosted ? { file: url } : { external: url };
}

export function acceptCover(value: unknown, path: string, rules: FileRules): string | null {
  return value === null ? null : acceptFile(value, path, rules).url;
}

/** @throws NotionError 400 for text that is no absolute URL */
export function acceptUrl(value: unknown, path: string): string {
  const url = text(value, path, { min: 1, max: 2000 });
  if (!URL.canParse(url)) throw refuse(path, 'a valid URL', value);
  return url;
}
