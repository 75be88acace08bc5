import type { BlockObjectResponse } from '@notionhq/client';
import { notModelled } from '../api-error.ts';
import { choice, flag, list, object, refuse, text } from '../expect.ts';
import { toMinute, uuidFrom } from '../ids.ts';
import type { Icon, Page, Run } from '../model.ts';
import { API_COLORS } from '../notion-types.ts';
import { acceptRichText, type Mentionables, ownWords, renderRichText, runsOf, type TextRules } from '../rich-text.ts';
import { LANGUAGES } from './languages.ts';
import { type Block, childrenOf, TEXT_TYPES, type TextBlock } from './model.ts';

const MAX_CHILDREN = 100;
/** The maximum nesting depth of added blocks. */
const MAX_DEPTH = 2;

interface ObjectContext {
  readonly page: Page;
  /** The block that contains it; null for a top-level block. */
  readonly parentBlockId: string | null;
  readonly mentionables: Mentionables;
  readonly trashed: boolean;
  childTitle(block: Block): string;
  signed(url: string): string;
}

/** A block as the API returns it. */
export function renderBlockObject(block: Block, context: ObjectContext): BlockObjectResponse {
  const hasChildren = block.type === 'table' ? block.rows.length > 0 : childrenOf(block).length > 0;
  return blockObject(block.id, block.type, payloadOf(block, context), hasChildren, context);
}

/** The rows of a table. They have no ids in the model. */
export const rowObjects = (table: Extract<Block, { type: 'table' }>, context: ObjectContext): BlockObjectResponse[] =>
  table.rows.map((row, index) => {
    const cells = row.map((cell) => renderRichText(cell, context.mentionables));
    return blockObject(uuidFrom(`row ${index} of ${table.id}`), 'table_row', { cells }, false, context);
  });

/** Blocks have no times in the model, so they get those of their page. */
function blockObject(
  id: string,
  type: BlockObjectResponse['type'],
  payload: object,
  has_children: boolean,
  { page, parentBlockId, trashed }: ObjectContext,
): BlockObjectResponse {
  const answer = {
    object: 'block',
    id,
    parent:
      parentBlockId === null ? { type: 'page_id', page_id: page.id } : { type: 'block_id', block_id: parentBlockId },
    created_time: toMinute(page.createdAt),
    last_edited_time: toMinute(page.editedAt),
    created_by: { object: 'user', id: page.createdBy },
    last_edited_by: { object: 'user', id: page.editedBy },
    has_children,
    in_trash: trashed,
    archived: trashed,
    type,
    [type]: payload,
  };
  return answer as unknown as BlockObjectResponse; // the payload's key is the block's type, which TypeScript cannot check
}

function payloadOf(block: Block, { page, mentionables, childTitle, signed }: ObjectContext): object {
  const rich = (runs: readonly Run[]) => renderRichText(runs, mentionables);
  switch (block.type) {
    case 'code':
      return { rich_text: rich(runsOf(block.text)), caption: [], language: block.language };
    case 'equation':
      return { expression: block.expression };
    case 'table_of_contents':
      return { color: block.color };
    case 'table':
      return {
        table_width: block.rows[0]?.length ?? 0,
        has_column_header: block.headerRow,
        has_row_header: block.headerColumn,
      };
    case 'synced_block':
      return { synced_from: null };
    case 'child_page':
    case 'child_database':
      return { title: childTitle(block) };
    case 'unsupported':
      return { block_type: block.kind };
    case 'image':
    case 'video':
    case 'audio':
    case 'file':
    case 'pdf': {
      const expiry_time = new Date(page.editedAt + 3_600_000).toISOString();
      const name = decodeURIComponent(block.url.split('/').at(-1) ?? '');
      return {
        ...(block.hosted
          ? { type: 'file', file: { url: signed(block.url), expiry_time } }
          : { type: 'external', external: { url: block.url } }),
        caption: rich(block.caption),
        ...(block.type === 'file' ? { name } : {}),
      };
    }
    case 'divider':
    case 'column_list':
    case 'column':
      return {};
    default:
      return {
        rich_text: rich(block.runs),
        color: block.color,
        ...(block.type === 'to_do' ? { checked: block.checked ?? false } : {}),
        ...(block.type.startsWith('heading') ? { is_toggleable: block.toggleable ?? false } : {}),
        ...(block.type === 'callout' ? { icon: iconObject(block.icon ?? null) } : {}),
      };
  }
}

const iconObject = (icon: Icon): object | null => {
  if (icon === null) return null;
  return 'emoji' in icon
    ? { type: 'emoji', emoji: icon.emoji }
    : { type: 'external', external: { url: icon.external } };
};

/** Reads `children` of a request. @throws NotionError 501 for a kind that is not modelled */
export function acceptBlocks(value: unknown, path: string, rules: TextRules, newId: () => string, depth = 1): Block[] {
  if (depth > MAX_DEPTH) throw refuse(path, 'not present', value);
  return list(value, path, MAX_CHILDREN).map((each, index) => {
    const at = `${path}[${index}]`;
    const given = object(each, at);
    const kinds = Object.keys(given).filter((key) => key !== 'type' && key !== 'object');
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) throw refuse(`${at}.paragraph`, 'defined', given.paragraph);
    if (given.type !== undefined) choice(given.type, `${at}.type`, [kind]);
    const id = newId();
    const inside = `${at}.${kind}`;
    const type = TEXT_TYPES.find((candidate) => candidate === kind);
    if (type) {
      const block: TextBlock = { id, type, runs: [], color: 'default', children: [] };
      const { children } = object(given[kind], inside, [...textKeys(type), 'children']);
      const below = children === undefined ? [] : acceptBlocks(children, `${inside}.children`, rules, newId, depth + 1);
      return {
        ...acceptText(block, { rich_text: [], ...object(given[kind], inside) }, inside, rules),
        children: below,
      };
    }
    switch (kind) {
      case 'divider':
        object(given.divider, inside, []);
        return { id, type: 'divider' };
      case 'equation': {
        const { expression } = object(given.equation, inside, ['expression']);
        return { id, type: 'equation', expression: text(expression, `${inside}.expression`, { max: 1000 }) };
      }
      case 'code': {
        const body = object(given.code, inside, ['rich_text', 'language', 'caption']);
        const language = choice(body.language, `${inside}.language`, LANGUAGES);
        return {
          id,
          type: 'code',
          text: ownWords(acceptRichText(body.rich_text, `${inside}.rich_text`, rules)),
          language,
        };
      }
      default:
        throw notModelled(`A block of type ${kind}`);
    }
  });
}

const textKeys = (type: TextBlock['type']): string[] => [
  'rich_text',
  'color',
  ...(type === 'to_do' ? ['checked'] : []),
  ...(type.startsWith('heading') ? ['is_toggleable'] : []),
];

/** The block with the fields of a request. Missing fields are unchanged. */
export function acceptText(block: TextBlock, value: unknown, path: string, rules: TextRules): TextBlock {
  const { children: _, ...given } = object(value, path);
  const body = object(given, path, textKeys(block.type));
  return {
    ...block,
    ...(body.rich_text === undefined ? {} : { runs: acceptRichText(body.rich_text, `${path}.rich_text`, rules) }),
    ...(body.color === undefined ? {} : { color: choice(body.color, `${path}.color`, API_COLORS) }),
    ...(body.checked === undefined ? {} : { checked: flag(body.checked, `${path}.checked`) }),
    ...(body.is_toggleable === undefined ? {} : { toggleable: flag(body.is_toggleable, `${path}.is_toggleable`) }),
  };
}
