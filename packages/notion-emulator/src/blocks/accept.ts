import { notSupported } from '../api-error.ts';
import { choice, finite, flag, type JsonObject, list, object, refuse, text, uuid } from '../expect.ts';
import { acceptFile, acceptIcon, acceptUrl, type FileRules } from '../files.ts';
import { API_COLORS } from '../notion-types.ts';
import { acceptRichText, ownWords, type TextRules } from '../rich-text.ts';
import { LANGUAGES } from './languages.ts';
import {
  type Block,
  type LinkBlock,
  MEDIA_TYPES,
  type MediaBlock,
  type PageTarget,
  type TableBlock,
  type TableRow,
  TEXT_TYPES,
  type TextBlock,
} from './model.ts';

const MAX_CHILDREN = 100;
/** A block, its children and their children. */
const MAX_DEPTH = 3;

export interface BlockRules extends TextRules, FileRules {
  newId(): string;
}

/** Reads `children` of a request. @throws NotionError 501 for a kind that is not supported */
export function acceptBlocks(value: unknown, path: string, rules: BlockRules, depth = 1): Block[] {
  if (depth > MAX_DEPTH) throw refuse(path, 'not present', value);
  return list(value, path, MAX_CHILDREN).map((each, index) => {
    const at = `${path}[${index}]`;
    const { type, object: _, ...given } = object(each, at);
    const kinds = Object.keys(given);
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) throw refuse(`${at}.paragraph`, 'defined', given.paragraph);
    if (type !== undefined) choice(type, `${at}.type`, [kind]);
    const blank = blankBlock(kind, rules.newId());
    return acceptContent(blank, given[kind], { path: `${at}.${kind}`, rules, depth, isNew: true });
  });
}

function blankBlock(kind: string, id: string): Block {
  const text = TEXT_TYPES.find((type) => type === kind);
  if (text) return { id, type: text, runs: [], color: 'default', children: [] };
  const media = MEDIA_TYPES.find((type) => type === kind);
  if (media) return { id, type: media, url: '', hosted: false, caption: [] };
  switch (kind) {
    case 'divider':
    case 'breadcrumb':
      return { id, type: kind };
    case 'table_of_contents':
      return { id, type: kind, color: 'default' };
    case 'equation':
      return { id, type: kind, expression: '' };
    case 'code':
      return { id, type: kind, text: '', language: 'plain text' };
    case 'bookmark':
    case 'embed':
      return { id, type: kind, url: '', caption: [] };
    case 'link_to_page':
      return { id, type: kind, target: { type: 'page_id', id: '' } };
    case 'table':
      return { id, type: kind, headerRow: false, headerColumn: false, children: [] };
    case 'table_row':
      return { id, type: kind, cells: [] };
    case 'column_list':
    case 'column':
    case 'synced_block':
      return { id, type: kind, children: [] };
    default:
      throw notSupported(`a block of type ${kind}`);
  }
}

interface Content {
  readonly path: string;
  readonly rules: BlockRules;
  readonly depth: number;
  /** A new block must have the fields that an update can omit. */
  readonly isNew: boolean;
}

/** The block with the fields of a request. Missing fields are unchanged. @throws NotionError */
export function acceptContent(block: Block, given: unknown, content: Content): Block {
  const { path } = content;
  switch (block.type) {
    case 'divider':
    case 'breadcrumb':
      object(given, path, []);
      return block;
    case 'table_of_contents': {
      const { color } = object(given, path, ['color']);
      return color === undefined ? block : { ...block, color: choice(color, `${path}.color`, API_COLORS) };
    }
    case 'equation': {
      const { expression } = object(given, path, ['expression']);
      return { ...block, expression: text(expression, `${path}.expression`, { max: 1000 }) };
    }
    case 'code':
      return acceptCode(block, given, content);
    case 'bookmark':
    case 'embed':
      return acceptLink(block, given, content);
    case 'image':
    case 'video':
    case 'audio':
    case 'file':
    case 'pdf':
      return acceptMedia(block, given, content);
    case 'link_to_page':
      return { ...block, target: acceptTarget(given, path) };
    case 'table':
      return acceptTable(block, given, content);
    case 'table_row':
      return acceptRow(block, given, content);
    case 'column_list':
    case 'column':
    case 'synced_block':
      return acceptContainer(block, given, content);
    case 'child_page':
    case 'child_database':
    case 'unsupported':
      throw refuse(path, 'not present', given);
    default:
      return acceptTextBlock(block, given, content);
  }
}

function acceptTextBlock(block: TextBlock, given: unknown, content: Content): TextBlock {
  const { path, rules, isNew } = content;
  const hasIcon = block.type === 'callout' || block.type === 'paragraph';
  const body = object(given, path, [
    'rich_text',
    'color',
    ...(block.type === 'to_do' ? ['checked'] : []),
    ...(block.type.startsWith('heading') ? ['is_toggleable'] : []),
    ...(hasIcon ? ['icon'] : []),
    ...(isNew ? ['children'] : []),
  ]);
  if (isNew && body.rich_text === undefined) throw refuse(`${path}.rich_text`, 'defined', undefined);
  return {
    ...block,
    ...(body.rich_text === undefined ? {} : { runs: acceptRichText(body.rich_text, `${path}.rich_text`, rules) }),
    ...(body.color === undefined ? {} : { color: choice(body.color, `${path}.color`, API_COLORS) }),
    ...(body.checked === undefined ? {} : { checked: flag(body.checked, `${path}.checked`) }),
    ...(body.is_toggleable === undefined ? {} : { toggleable: flag(body.is_toggleable, `${path}.is_toggleable`) }),
    ...(body.icon === undefined ? {} : { icon: acceptIcon(body.icon, `${path}.icon`, rules) }),
    children: below(body, content) ?? block.children,
  };
}

/** The `children` of a new block. */
const below = ({ children }: JsonObject, { path, rules, depth }: Content): Block[] | undefined =>
  children === undefined ? undefined : acceptBlocks(children, `${path}.children`, rules, depth + 1);

function acceptCode(block: Extract<Block, { type: 'code' }>, given: unknown, { path, rules, isNew }: Content): Block {
  const body = object(given, path, ['rich_text', 'language', 'caption']);
  if (isNew && body.rich_text === undefined) throw refuse(`${path}.rich_text`, 'defined', undefined);
  const written = body.rich_text === undefined ? null : acceptRichText(body.rich_text, `${path}.rich_text`, rules);
  return {
    ...block,
    ...(written === null ? {} : { text: ownWords(written) }),
    ...(isNew || body.language !== undefined ? { language: choice(body.language, `${path}.language`, LANGUAGES) } : {}),
    ...(body.caption === undefined ? {} : { caption: acceptRichText(body.caption, `${path}.caption`, rules) }),
  };
}

function acceptLink(block: LinkBlock, given: unknown, { path, rules, isNew }: Content): LinkBlock {
  const body = object(given, path, ['url', 'caption']);
  return {
    ...block,
    ...(isNew || body.url !== undefined ? { url: acceptUrl(body.url, `${path}.url`) } : {}),
    ...(body.caption === undefined ? {} : { caption: acceptRichText(body.caption, `${path}.caption`, rules) }),
  };
}

function acceptMedia(block: MediaBlock, given: unknown, { path, rules, isNew }: Content): MediaBlock {
  const { caption, name, ...file } = object(given, path);
  const changesFile = isNew || Object.keys(file).length > 0;
  return {
    ...block,
    ...(changesFile ? acceptFile(file, path, rules) : {}),
    ...(caption === undefined ? {} : { caption: acceptRichText(caption, `${path}.caption`, rules) }),
    ...(name === undefined ? {} : { name: text(name, `${path}.name`, { min: 1 }) }),
  };
}

function acceptTarget(given: unknown, path: string): PageTarget {
  const body = object(given, path, ['type', 'page_id', 'database_id']);
  const type = body.page_id === undefined ? 'database_id' : 'page_id';
  if (body.type !== undefined) choice(body.type, `${path}.type`, [type]);
  return { type, id: uuid(body[type], `${path}.${type}`) };
}

function acceptTable(block: TableBlock, given: unknown, content: Content): TableBlock {
  const { path, isNew } = content;
  const keys = ['has_column_header', 'has_row_header', ...(isNew ? ['table_width', 'children'] : [])];
  const body = object(given, path, keys);
  const headers = {
    ...(body.has_column_header === undefined
      ? {}
      : { headerRow: flag(body.has_column_header, `${path}.has_column_header`) }),
    ...(body.has_row_header === undefined ? {} : { headerColumn: flag(body.has_row_header, `${path}.has_row_header`) }),
  };
  if (!isNew) return { ...block, ...headers };
  const width = finite(body.table_width, `${path}.table_width`);
  const rows = acceptBlocks(body.children, `${path}.children`, content.rules, content.depth + 1).map((row, index) => {
    if (row.type !== 'table_row') throw refuse(`${path}.children[${index}].table_row`, 'defined', undefined);
    if (row.cells.length === width) return row;
    throw refuse(`${path}.children[${index}].table_row.cells.length`, `\`${width}\``, row.cells.length);
  });
  if (rows.length === 0) throw refuse(`${path}.children.length`, '≥ `1`', 0);
  return { ...block, ...headers, children: rows };
}

function acceptRow(block: TableRow, given: unknown, { path, rules }: Content): TableRow {
  const { cells } = object(given, path, ['cells']);
  const read = list(cells, `${path}.cells`).map((cell, index) =>
    acceptRichText(cell, `${path}.cells[${index}]`, rules),
  );
  return { ...block, cells: read };
}

type Container = Extract<Block, { type: 'column_list' | 'column' | 'synced_block' }>;

function acceptContainer(block: Container, given: unknown, content: Content): Container {
  const { path, isNew } = content;
  const own = { column_list: [], column: ['width_ratio'], synced_block: ['synced_from'] }[block.type];
  const body = object(given, path, [...own, ...(isNew ? ['children'] : [])]);
  if (block.type === 'synced_block') return acceptSynced(block, body, content);
  if (isNew && body.children === undefined) throw refuse(`${path}.children`, 'defined', undefined);
  const children = below(body, content) ?? block.children;
  if (block.type === 'column') {
    const ratio = body.width_ratio === undefined ? {} : { ratio: finite(body.width_ratio, `${path}.width_ratio`) };
    return { ...block, ...ratio, children };
  }
  const stray = children.findIndex((child) => child.type !== 'column');
  if (stray >= 0) throw refuse(`${path}.children[${stray}].column`, 'defined', undefined);
  if (isNew && children.length < 2) throw refuse(`${path}.children.length`, '≥ `2`', children.length);
  return { ...block, children };
}

function acceptSynced(
  block: Extract<Block, { type: 'synced_block' }>,
  body: JsonObject,
  content: Content,
): Extract<Block, { type: 'synced_block' }> {
  const at = `${content.path}.synced_from`;
  if (body.synced_from === undefined || body.synced_from === null) {
    return { ...block, children: below(body, content) ?? block.children };
  }
  const { block_id } = object(body.synced_from, at, ['type', 'block_id']);
  return { ...block, from: uuid(block_id, `${at}.block_id`) };
}
