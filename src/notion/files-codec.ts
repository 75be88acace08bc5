import type { PageObjectResponse, UpdatePageParameters } from '@notionhq/client';
import type { FilesField } from '../entities/define.ts';
import { RecordError } from '../errors.ts';
import { toStorableText } from '../shared/storable-text.ts';
import type { Json } from '../sync/types.ts';
import { isHosted } from './file-urls.ts';
import type { Decoded } from './text-codec.ts';
import { checkCount } from './value-limits.ts';

type FilesProperty = Extract<PageObjectResponse['properties'][string], { type: 'files' }>;
type FilesWrite = Extract<NonNullable<UpdatePageParameters['properties']>[string], { files: unknown }>['files'];

/** The limits of a file's address and name. */
const MAX_URL_LENGTH = 2000;
const MAX_NAME_LENGTH = 100;

/**
 * A file as Notion returns it. `at` is the address of a linked file. A file that Notion keeps has none that lasts: it is
 * written back with the address that was just read.
 */
type HeldFile =
  | { readonly name: string; readonly at: string }
  | { readonly name: string; readonly file: { readonly url: string; readonly expiry_time: string } };

/** The addresses of the linked files. The residue has all files, with their names. */
export function decodeFiles({ files }: FilesProperty): Decoded {
  const held = files.map(
    (one): HeldFile =>
      one.type === 'external' ? { name: one.name, at: one.external.url } : { name: one.name, file: one.file },
  );
  const value = [...new Set(held.flatMap((one) => ('at' in one ? addressIn(one) || [] : [])))];
  const isWhole =
    held.length === value.length &&
    held.every((one, at) => 'at' in one && one.at === value[at] && one.name === nameOf(one.at) && !isHosted(one.at));
  // JSON in, JSON out: every part of a file is a string.
  return isWhole ? { value } : { value, residue: held as unknown as Json };
}

/**
 * Linked files keep their names. Files that Notion keeps stay where they were, after the same linked file: "If you pass
 * a `file` object containing a file hosted by Notion, it remains one of the files."
 * @see https://developers.notion.com/reference/page-property-values#files
 */
export function encodeFiles(field: FilesField, addresses: readonly string[], residue: Json | undefined): FilesWrite {
  // The residue was written by `decodeFiles`.
  const held = (residue ?? []) as unknown as readonly HeldFile[];
  const files = arrange(field, addresses, held);
  checkCount(field.property, files, 'files');
  return files.map((one) =>
    'at' in one
      ? { type: 'external', name: one.name, external: { url: one.at } }
      : { type: 'file', name: one.name, file: one.file },
  );
}

const addressIn = ({ at }: Extract<HeldFile, { at: string }>): string => toStorableText(at);

function arrange(field: FilesField, addresses: readonly string[], held: readonly HeldFile[]): readonly HeldFile[] {
  const linked = new Map<string, HeldFile[]>();
  for (const one of held) if ('at' in one) linked.set(addressIn(one), [...(linked.get(addressIn(one)) ?? []), one]);
  const isUnchanged = [...linked.keys()].filter(Boolean).join('\n') === addresses.join('\n');
  if (isUnchanged && held.length > 0) return held;
  /** The files that Notion keeps, by the linked file before them that stays; `null` for the start. */
  const kept = new Map<string | null, HeldFile[]>();
  let before: string | null = null;
  for (const one of held) {
    if ('at' in one) before = addresses.includes(addressIn(one)) ? addressIn(one) : before;
    else kept.set(before, [...(kept.get(before) ?? []), one]);
  }
  const newFile = (at: string): HeldFile => ({ name: nameOf(at), at: checkAddress(field, at) });
  return [
    ...(kept.get(null) ?? []),
    ...addresses.flatMap((at) => [...(linked.get(at) ?? [newFile(at)]), ...(kept.get(at) ?? [])]),
  ];
}

/** The last part of the path, as a browser names a download. */
function nameOf(address: string): string {
  const last = address.split(/[?#]/, 1)[0]?.split('/').findLast(Boolean) ?? address;
  return cut(toStorableText(decoded(last)).trim()) || cut(address);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Half a surrogate pair at the end is left out. */
const cut = (name: string): string => name.slice(0, MAX_NAME_LENGTH).replace(/[\uD800-\uDBFF]$/, '');

function checkAddress({ property }: FilesField, address: string): string {
  if (!URL.canParse(address)) {
    throw new RecordError(
      'not_an_address',
      `"${property}" cannot be set to "${address}": write the whole address of the file, such as https://example.com/plan.pdf.`,
    );
  }
  if (address.length > MAX_URL_LENGTH) {
    throw new RecordError(
      'text_too_long',
      `"${property}" has an address of ${address.length} characters; Notion accepts at most ${MAX_URL_LENGTH}. Shorten it.`,
    );
  }
  if (isHosted(address)) {
    throw new RecordError(
      'hosted_file',
      `"${property}" cannot link to a file that Notion keeps, because its address expires: link to another place, or add the file in Notion.`,
    );
  }
  return address;
}
